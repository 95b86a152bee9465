/* Only async-signal-safe calls in this file. It runs in the child between vfork and exec: the memory is the parent's,
 * the parent stands still until exec or _exit, and whatever is written here the parent sees. No malloc, no stdio, no
 * return through a frame of the caller of vfork. */
#include "lib/process/after_fork.h"

#include "lib/process/next_signal.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

/* `prefix` PID ":" in front of the suffix: written from its end, as the number of digits isn't known before. */
static char *write_pid(char *suffix, const char *prefix, pid_t pid)
{
	char *at = suffix;
	*--at = ':';
	do {
		*--at = (char)('0' + pid % 10);
		pid /= 10;
	} while (pid);
	size_t length = strlen(prefix);
	return memcpy(at - length, prefix, length);
}

static void outlast(int number)
{
	(void)number;
}

/* ^Z that comes before the exec would stop this process while its parent waits for the exec and can't see the stop:
 * nobody would be left to tell the shell. Exec puts the handler back to the default; the parent has had the same ^Z,
 * and sends it on. */
static void outlast_stop(void)
{
	struct sigaction inherited, action = {.sa_handler = outlast};
	sigaction(SIGTSTP, &action, &inherited);
	if (inherited.sa_handler != SIG_DFL)
		sigaction(SIGTSTP, &inherited, NULL);
}

void become_program(struct spawn *spawn)
{
	if (spawn->pid_suffix)
		spawn->envp[spawn->pid_place] = write_pid(spawn->pid_suffix, spawn->pid_prefix, getpid());
	if (spawn->chld_ignored)
		signal(SIGCHLD, SIG_IGN);
	outlast_stop();
	release_signals(&spawn->inherited_mask);
	if (!spawn->before_exec || spawn->before_exec(spawn->context))
		execve(spawn->file, spawn->argv, spawn->envp);
	spawn->error = errno;
}
