#ifdef __linux__
#include "trace/ends.h"

#include "trace/proc.h"

#include <poll.h>

int pidfd_info(int pidfd, struct k_pidfd_info *info)
{
	*info = (struct k_pidfd_info){.mask = K_PIDFD_INFO_EXIT};
	return k_ioctl(pidfd, K_PIDFD_GET_INFO, info);
}

bool is_over(int pidfd)
{
	struct pollfd poll_fd = {.fd = pidfd, .events = POLLIN};
	return poll(&poll_fd, 1, 0) > 0;
}

int reaped_status(int pidfd)
{
	struct k_pidfd_info info;
	bool told = pidfd >= 0 && pidfd_info(pidfd, &info) == 0 && (info.mask & K_PIDFD_INFO_EXIT);
	return told ? info.exit_code : STATUS_UNKNOWN;
}

void end_process(struct notify *notify, struct process *process)
{
	int status = process->exiting ? process->status : reaped_status(process->pidfd);
	if (status == STATUS_UNKNOWN)
		status = proc_zombie_status(process->pid);
	if (status == STATUS_UNKNOWN) /* reaped between the two questions */
		status = reaped_status(process->pidfd);
	if (process->ended_ns != 0)
		notify->unreaped--;
	tree_end(process, status);
}

void find_zombies(struct notify *notify)
{
	for (struct process *process = NULL; (process = table_next(process)) != NULL;)
		if (process->ended_ns == 0 && process->pidfd >= 0 && is_over(process->pidfd)) {
			process->ended_ns = monotonic_ns();
			notify->unreaped++;
		}
}

void end_zombies(struct notify *notify, int64_t older_ns)
{
	int64_t before = monotonic_ns() - older_ns;
	for (struct process *process = NULL; notify->unreaped > 0 && (process = table_next(process)) != NULL;)
		if (process->ended_ns != 0 && process->ended_ns <= before) {
			end_process(notify, process);
			process = NULL; /* removal moves the others */
		}
}
#else
typedef int not_on_this_system;
#endif
