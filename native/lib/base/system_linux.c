#ifdef __linux__
#include "lib/base/system.h"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The kernel puts "(unreachable)" in front of a folder outside of this process's root. */
char *current_folder(char *space, size_t size)
{
	return syscall(SYS_getcwd, space, size) > 0 && space[0] == '/' ? space : NULL;
}

struct timespec read_clock(clockid_t clock)
{
	struct timespec now;
#ifdef __LP64__
	syscall(SYS_clock_gettime, clock, &now);
#else
	clock_gettime(clock, &now); /* the kernel's timespec may be another there */
#endif
	return now;
}

void forbid_core(void)
{
	static const unsigned long long none[2]; /* struct rlimit64 */
	syscall(SYS_prlimit64, 0, RLIMIT_CORE, none, NULL);
}

bool is_filtered(void)
{
	return syscall(SYS_prctl, PR_GET_SECCOMP, 0, 0, 0, 0) == 2;
}
#else
typedef int not_on_this_system;
#endif
