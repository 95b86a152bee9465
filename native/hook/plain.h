/* Plain lines: nothing that the guard could say anything about (src/caro/plain.py). Nobody waits for its word. */
#ifndef CARO_HOOK_PLAIN_H
#define CARO_HOOK_PLAIN_H

#include <stdbool.h>

#include "hook/line.h"
#include "lib/base/runtime_conf.h"

/* True if no rule can stop the line. False also where runtime.conf may be older than the configuration: then only
 * the daemon knows all rules. */
bool is_plain(const struct runtime_conf *conf, const struct line *line);

#endif
