/* A verdict on a typed line, carried out at the terminal. */
#ifndef CARO_HOOK_CARRY_OUT_H
#define CARO_HOOK_CARRY_OUT_H

#include "lib/gate/verdict.h"

/* Rule of a line that the daemon stops because its first word exists nowhere (src/caro/daemon/dispatch.py). */
#define NO_SUCH_COMMAND "no-such-command"

/* Shows it and asks where it is a question, with a key for the safer form that the daemon's reply (NULL: none) has.
 * Returns true if the line may run; `verdict->transform` stays true where the changed line is wanted. */
bool carry_out(struct verdict *verdict, const char *reply);

/* Says how a person gets past a block, where the daemon's reply (NULL: none) names a way. */
void tell_way_past(const char *reply);

#endif
