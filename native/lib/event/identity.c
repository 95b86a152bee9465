#include "lib/event/identity.h"

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

extern char **environ;

/* getenv(3) for many names: most variables differ in their first characters, which needs no call. A name ends at a blank
 * too. NULL where the variable is missing, empty or 0. */
static const char *value_of(const char *name)
{
	for (char **variable = environ; *variable; variable++) {
		size_t same = 0;
		while (name[same] > ' ' && (*variable)[same] == name[same])
			same++;
		const char *value = *variable + same + 1;
		if (name[same] <= ' ' && value[-1] == '=')
			return *value && strcmp(value, "0") ? value : NULL;
	}
	return NULL;
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
