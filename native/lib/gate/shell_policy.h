/* A shell's own policy (src/caro/engine/shell_policy.py): the daemon alone knows what is in it, so that it is asked
 * about every line and every program below that shell, and nothing runs where it does not answer. */
#ifndef CARO_SHELL_POLICY_H
#define CARO_SHELL_POLICY_H

#include "lib/base/buffer.h"
#include "lib/gate/verdict.h"

#include <stdbool.h>

#define POLICY_MS 2000 /* how long its answer is waited for: longer than a prompt waits otherwise */

/* True if the shell above has one. */
bool has_shell_policy(void);
/* Adds to a request which one it is. */
void add_shell_policy(struct buffer *to);
/* Where there is one, refuses what the daemon did not answer to. */
void tighten_by_silence(struct verdict *verdict);

#endif
