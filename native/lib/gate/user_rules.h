/* The rules that the user wrote, `[safety.commands]` and `[safety] block`: they hold in every mode, whatever the daemon
 * does. */
#ifndef CARO_USER_RULES_H
#define CARO_USER_RULES_H

#include "lib/gate/verdict.h"

/* Makes `verdict` that of the strictest rule that finds its pattern (lib/base/ere.h) in the text; allow where none
 * does. A rule that can't be read asks where it would have blocked. */
void judge_user_rules(const struct runtime_conf *conf, const char *text, size_t length, struct verdict *verdict);

#endif
