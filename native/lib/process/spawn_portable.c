/* fork and a pipe that exec closes: where vfork is deprecated or is fork. */
#ifndef __linux__
#include "lib/process/after_fork.h"
#include "lib/process/spawn_child.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

static void report_failure(int fd, int error)
{
	(void)!write(fd, &error, sizeof error);
	_exit(127);
}

static bool open_pipe(int ends[2])
{
	if (pipe(ends) != 0)
		return false;
	fcntl(ends[0], F_SETFD, FD_CLOEXEC);
	fcntl(ends[1], F_SETFD, FD_CLOEXEC);
	return true;
}

void fork_and_exec(struct spawn *spawn)
{
	int ends[2], error = 0;
	spawn->pid = -1;
	if (!open_pipe(ends))
		return;
	spawn->pid = fork();
	if (spawn->pid == 0) {
		become_program(spawn);
		report_failure(ends[1], spawn->error);
	}
	close(ends[1]);
	if (spawn->pid > 0 && read(ends[0], &error, sizeof error) == (ssize_t)sizeof error)
		spawn->error = error;
	close(ends[0]);
}
#else
typedef int not_on_this_system;
#endif
