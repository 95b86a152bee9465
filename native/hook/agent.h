/* The agent gate: an agent's hook gives its tool call as JSON on standard input and reads the answer in its own
 * protocol. */
#ifndef CARO_HOOK_AGENT_H
#define CARO_HOOK_AGENT_H

#include "lib/base/runtime_conf.h"

#define AGENT_UNKNOWN (-1)

/* Answer a hook's call. Return the exit status; AGENT_UNKNOWN where there is no such agent. */
int run_agent(const char *name, struct runtime_conf *conf);

#endif
