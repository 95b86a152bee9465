#ifdef __linux__
#include "trace/way.h"

#include "trace/filter.h"
#include "trace/kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#define CAPABILITY_VERSION_3 0x20080522u
#define CAP_SYS_ADMIN 21u

static const char *const NAMES[] = {"notify", "notify-exit", "ptrace"};

const char *way_name(enum way way)
{
	return way < WAY_NONE ? NAMES[way] : "none";
}

enum way way_named(const char *name)
{
	enum way way = WAY_NOTIFY;
	while (way < WAY_NONE && strcmp(NAMES[way], name) != 0)
		way++;
	return way;
}

bool way_needs_no_new_privs(void)
{
	struct {
		uint32_t version;
		int pid;
	} header = {CAPABILITY_VERSION_3, 0};
	struct {
		uint32_t effective, permitted, inheritable;
	} sets[2] = {{0, 0, 0}, {0, 0, 0}};
	return syscall(SYS_capget, &header, sets) != 0 || !(sets[0].effective >> CAP_SYS_ADMIN & 1);
}

struct trial {
	int error;      /* 0: the filter was installed */
	bool exit_info; /* and the pidfd told the exit status afterwards */
};

/* In a process of its own, as a filter can't be taken off again. */
static struct trial try_filter(void)
{
	struct trial trial = {0, false};
	int status = 0;
	/* Where the caller has SIGCHLD ignored, the kernel would take the child away before it is asked about. */
	void (*old)(int) = signal(SIGCHLD, SIG_DFL);
	pid_t pid = fork();
	if (pid == 0) {
		int listener = filter_install(false, way_needs_no_new_privs());
		_exit(listener < 0 ? errno : 0);
	}
	int pidfd = pid > 0 ? (int)syscall(SYS_pidfd_open, pid, 0) : -1;
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		trial.error = EAGAIN;
	else
		trial.error = WEXITSTATUS(status);
	struct k_pidfd_info info = {.mask = K_PIDFD_INFO_EXIT};
	trial.exit_info = pidfd >= 0 && k_ioctl(pidfd, K_PIDFD_GET_INFO, &info) == 0 && (info.mask & K_PIDFD_INFO_EXIT);
	if (pidfd >= 0)
		close(pidfd);
	signal(SIGCHLD, old);
	return trial;
}

static const char *filter_refusal(bool with_exit_info)
{
	struct trial trial = try_filter();
	switch (trial.error) {
	case 0:
		if (trial.exit_info || !with_exit_info)
			return NULL;
		return "pidfds tell no exit status here; Linux 6.15 or later is needed";
	case EBUSY:
		return "another program above this one listens to seccomp already (a container runtime, or a tracer)";
	case EACCES:
	case EPERM:
		return "seccomp filters are forbidden here (a container's own filter?)";
	default:
		return "this kernel has no seccomp user notification; Linux 5.5 or later is needed";
	}
}

static const char *ptrace_refusal(void)
{
	pid_t pid = fork();
	if (pid == 0) {
		for (;;)
			pause();
	}
	if (pid < 0)
		return "no process could be started to try it";
	bool allowed = ptrace(PTRACE_SEIZE, pid, NULL, NULL) == 0;
	kill(pid, SIGKILL);
	while (waitpid(pid, NULL, __WALL) < 0 && errno == EINTR)
		continue;
	if (allowed)
		return NULL;
	return "ptrace is forbidden here (a container, or kernel.yama.ptrace_scope is 2 or 3)";
}

static const char *proc_refusal(void)
{
	if (access("/proc/self/cwd", F_OK) == 0)
		return NULL;
	return "/proc is not mounted";
}

const char *way_refusal(enum way way)
{
	const char *refusal = proc_refusal();
	if (refusal)
		return refusal;
	return way == WAY_PTRACE ? ptrace_refusal() : filter_refusal(way == WAY_NOTIFY);
}
#else
typedef int not_on_this_system;
#endif
