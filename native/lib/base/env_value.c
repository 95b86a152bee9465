#include "lib/base/env_value.h"

#include <stddef.h>

extern char **environ;

const char *env_value(const char *name)
{
	for (char **variable = environ; variable && *variable; variable++) {
		size_t same = 0;
		while (name[same] > ' ' && (*variable)[same] == name[same])
			same++;
		if (name[same] <= ' ' && (*variable)[same] == '=')
			return *variable + same + 1;
	}
	return NULL;
}
