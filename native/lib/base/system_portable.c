#ifndef __linux__
#include "lib/base/system.h"

#include <sys/resource.h>
#include <unistd.h>

char *current_folder(char *space, size_t size)
{
	return getcwd(space, size);
}

struct timespec read_clock(clockid_t clock)
{
	struct timespec now;
	clock_gettime(clock, &now);
	return now;
}

void forbid_core(void)
{
	static const struct rlimit none;
	setrlimit(RLIMIT_CORE, &none);
}

bool is_filtered(void)
{
	return false;
}
#else
typedef int not_on_this_system;
#endif
