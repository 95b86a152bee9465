#ifdef __linux__
#include "trace/keeper.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

struct shared *keeper_memory(void)
{
	struct shared *shared =
		mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	return shared == MAP_FAILED ? NULL : shared;
}

static bool wait_for_end(int pidfd)
{
	struct pollfd worker = {.fd = pidfd, .events = POLLIN};
	while (poll(&worker, 1, -1) < 0)
		if (errno != EINTR)
			return false;
	return (worker.revents & POLLIN) != 0;
}

/* The caller whose report the dead worker had taken would wait for ever: nobody else is told of it. An id that was
 * answered already is refused with ENOENT, which does no harm. */
static void answer_pending(int listener, struct shared *shared)
{
	struct k_notif_resp response = {.id = shared->notif.id, .flags = K_NOTIF_FLAG_CONTINUE};
	if (response.id != 0)
		(void)k_ioctl(listener, K_NOTIF_SEND, &response);
	shared->notif.id = 0;
}

static void keep(int worker, int listener, struct shared *shared, void (*take_over)(void *), void *context)
{
	setsid();
	bool ended = wait_for_end(worker);
	close(worker);
	if (!ended || shared->done)
		_exit(0);
	answer_pending(listener, shared);
	shared->taken_over = true;
	take_over(context);
}

int keeper_start(int listener, struct shared *shared, void (*forget)(void *), void (*take_over)(void *), void *context)
{
	int worker = (int)syscall(SYS_pidfd_open, getpid(), 0);
	pid_t keeper = worker >= 0 ? fork() : -1;
	if (keeper == 0) {
		forget(context);
		keep(worker, listener, shared, take_over, context);
		_exit(111);
	}
	int pidfd = keeper > 0 ? (int)syscall(SYS_pidfd_open, keeper, 0) : -1;
	if (worker >= 0)
		close(worker);
	return pidfd;
}

void keeper_stop(int pidfd)
{
	siginfo_t info;
	if (pidfd < 0)
		return;
	syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, NULL, 0);
	waitid((idtype_t)3 /* P_PIDFD */, (id_t)pidfd, &info, WEXITED | __WALL);
	close(pidfd);
}
#else
typedef int not_on_this_system;
#endif
