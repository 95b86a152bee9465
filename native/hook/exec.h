/* `caro-hook exec TOOL ARG...`: the exec gate for a shim, which leaves the daemon and the question to us. */
#ifndef CARO_HOOK_EXEC_H
#define CARO_HOOK_EXEC_H

#include "lib/base/runtime_conf.h"

/* Let the configuration of the shims that this program was installed with hold, whatever HOME and XDG say. */
void use_policy_of_shims(void);
/* Ask about a program. Return 0: run it; 126: not, and why was said. */
int run_exec(struct runtime_conf *conf, char **argv);

#endif
