#ifdef __linux__
#include "trace/worker.h"

#include "trace/control.h"
#include "trace/journal.h"
#include "trace/notify.h"
#include "trace/ptrace_worker.h"

#include "lib/event/log.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SYS_close_range
#define SYS_close_range 436
#endif

/* A pipe that stays open here would keep its reader waiting for an end that comes only with the last daemon. */
static void close_all_but(int kept)
{
	int null = open("/dev/null", O_RDWR);
	for (int fd = 0; fd <= 2; fd++)
		if (fd != kept && null >= 0)
			dup2(null, fd);
	if (kept > 3)
		syscall(SYS_close_range, 3u, (unsigned)kept - 1, 0u);
	if (syscall(SYS_close_range, (unsigned)(kept > 2 ? kept + 1 : 3), ~0u, 0u) == 0)
		return;
	DIR *dir = opendir("/proc/self/fd"); /* Linux before 5.9 */
	for (struct dirent *entry; dir && (entry = readdir(dir));) {
		int fd = atoi(entry->d_name);
		if (fd > 2 && fd != kept && fd != dirfd(dir))
			close(fd);
	}
	if (dir)
		closedir(dir);
}

/* Every running process of the tree takes a descriptor here. */
static void raise_limits(void)
{
	struct rlimit files, no_core = {0, 0};
	if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
		files.rlim_cur = files.rlim_max;
		setrlimit(RLIMIT_NOFILE, &files);
	}
	setrlimit(RLIMIT_CORE, &no_core); /* a core file would hold what passed through, unredacted */
}

static _Noreturn void work(int control, enum way way)
{
	sigset_t none;
	setsid();
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	for (int number = 1; number < 32; number++)
		signal(number, SIG_DFL);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	log_signals_ignored = true;
	journal_open();
	raise_limits();
	close_all_but(control);
	if (chdir("/") != 0)
		_exit(111);
	if (way == WAY_PTRACE)
		ptrace_serve(control);
	int listener = control_receive_listener(control);
	if (listener < 0)
		_exit(0); /* there is no command */
	notify_serve(listener, control, way == WAY_NOTIFY_EXIT);
}

pid_t worker_start(const int control[2], enum way way)
{
	pid_t pid = fork();
	if (pid != 0)
		return pid;
	close(control[0]);
	work(control[1], way);
}
#else
typedef int not_on_this_system;
#endif
