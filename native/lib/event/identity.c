#include "lib/event/identity.h"

#include "lib/base/env_value.h"
#include "lib/base/user_name.h"

#include <string.h>
#include <unistd.h>

const char *effective_user(const struct runtime_conf *conf)
{
	uid_t uid = geteuid();
	if (conf->user && conf->uid >= 0 && (uid_t)conf->uid == uid)
		return conf->user;
	return user_name(uid);
}

const char *machine_name(const struct runtime_conf *conf)
{
	static char name[256];
	if (conf->host)
		return conf->host;
	if (gethostname(name, sizeof name - 1) != 0 || !*name)
		return NULL;
	return name;
}

/* What agents set in the shells they start. No agent: the variable's value is its name. */
static const struct {
	const char *variable, *agent;
} agents[] = {
#include "lib/event/agent_variables.inc"
};

/* NULL where the variable is missing, empty or 0. */
static const char *value_of(const char *name)
{
	const char *value = env_value(name);
	return value && *value && strcmp(value, "0") ? value : NULL;
}

const char *agent_above(const struct runtime_conf *conf)
{
	const char *value, *entry;
	for (size_t i = 0; i < sizeof agents / sizeof *agents; i++)
		if ((value = value_of(agents[i].variable)) != NULL)
			return agents[i].agent ? agents[i].agent : value;
	for (size_t cursor = 0; (entry = next_entry(conf, CONF_AGENT, &cursor)) != NULL;)
		if (value_of(entry))
			return entry + strcspn(entry, " ") + 1;
	return NULL;
}
