/* Async-signal-safe: called between vfork and exec. */
#ifdef __linux__
#include "lib/process/after_fork.h"

#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

/* A tool whose launcher is killed with SIGKILL would run on with nobody waiting for it. The parent may have died
 * before the request was made: then there is no signal any more, but another parent. */
bool die_with_parent(pid_t parent)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	return getppid() == parent;
}
#else
typedef int not_on_this_system;
#endif
