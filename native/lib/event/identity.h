/* Who runs this, where, and for which agent: the parts of an event that the process doesn't tell by itself. */
#ifndef CARO_IDENTITY_H
#define CARO_IDENTITY_H

#include "lib/base/runtime_conf.h"

/* Return the name of the effective user: from the configuration where that is about this uid, else from the user
 * database; NULL where there is none. */
const char *effective_user(const struct runtime_conf *conf);
const char *machine_name(const struct runtime_conf *conf);
/* Return $CARO_AGENT or $AGENT, else the agent whose own variables are set (src/caro/knowledge/agents.toml, then those of plugins
 * in the configuration); NULL: no agent known. */
const char *agent_above(const struct runtime_conf *conf);

#endif
