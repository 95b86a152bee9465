#include "bash/values.h"

#include "bash/bash_abi.h"

#include <string.h>
#include <time.h>

const char *value_of(const char *name)
{
	const char *value = get_string_value(name);
	return value ? value : "";
}

bool has(const char *name, const char *wanted)
{
	return !strcmp(value_of(name), wanted);
}

long long now_us(void)
{
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	return (long long)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}
