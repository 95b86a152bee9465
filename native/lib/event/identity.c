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

/* getenv(3) for many names: most variables differ in their first characters, which needs no call. */
static const char *value_of(const char *name)
{
	for (char **variable = environ; *variable; variable++) {
		size_t same = 0;
		while (name[same] && (*variable)[same] == name[same])
			same++;
		if (!name[same] && (*variable)[same] == '=')
			return *variable + same + 1;
	}
	return NULL;
}

const char *agent_above(void)
{
	for (size_t i = 0; i < sizeof agents / sizeof *agents; i++) {
		const char *value = value_of(agents[i].variable);
		if (value && *value && strcmp(value, "0"))
			return agents[i].agent ? agents[i].agent : value;
	}
	return NULL;
}
