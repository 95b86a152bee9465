#include "relay/environment.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern char **environ;

void take_handed_environment(void)
{
	static const char prefix[] = "CARO_RELAY_ENV_";
	size_t count = 0, taken = 0;
	char name[sizeof prefix + 20], *value;
	while (environ[count])
		count++;
	char **handed = malloc((count + 1) * sizeof *handed);
	for (; handed && taken < count; taken++) {
		snprintf(name, sizeof name, "%s%zu", prefix, taken);
		if (!(value = getenv(name)) || !strchr(value, '='))
			break;
		handed[taken] = value;
	}
	if (!taken)
		return;
	handed[taken] = NULL;
	environ = handed;
}

void name_shell(void)
{
	char value[24];
	snprintf(value, sizeof value, "%ld", (long)getpid());
	setenv("CARO_RELAY_SHELL", value, 1);
}
