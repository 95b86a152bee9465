#include "bash/start_program.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define LAST_SIGNAL 31

/* Give the child the signals that bash gives a command substitution: what bash handles is as it was, and so are those
 * that an interactive bash ignores for itself alone. Until then all are blocked: a handler of bash's in here would write to
 * the memory of the shell. */
static void settle_signals(const sigset_t *mask)
{
	struct sigaction action;
	for (int number = 1; number <= LAST_SIGNAL; number++) {
		bool handled = sigaction(number, NULL, &action) == 0 && action.sa_handler != SIG_DFL &&
			       action.sa_handler != SIG_IGN;
		if (handled || number == SIGTERM || number == SIGQUIT)
			signal(number, SIG_DFL);
	}
	sigprocmask(SIG_SETMASK, mask, NULL);
}

static void become_program(char *const *argv, char *const *env, const sigset_t *mask, int output)
{
	if (output >= 0) {
		int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
		dup2(output, STDOUT_FILENO);
		dup2(nowhere, STDERR_FILENO);
	}
	settle_signals(mask);
	execve(argv[0], argv, env);
	_exit(127);
}

static pid_t start(char *const *argv, char *const *env, int output, const sigset_t *mask)
{
	pid_t child = vfork();
	if (child == 0)
		become_program(argv, env, mask, output);
	return child;
}

static void read_output(int fd, char *output, size_t size)
{
	char more[256];
	size_t used = 0;
	for (ssize_t count;;) {
		bool full = used + 1 >= size;
		count = full ? read(fd, more, sizeof more) : read(fd, output + used, size - 1 - used);
		if (count < 0 && errno == EINTR)
			continue;
		if (count <= 0)
			break;
		used += full ? 0 : (size_t)count;
	}
	output[used] = '\0';
}

static int wait_for(pid_t child)
{
	int status = 0;
	pid_t ended;
	while ((ended = waitpid(child, &status, 0)) < 0 && errno == EINTR) {
	}
	if (ended != child)
		return 127;
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

int run_program(char *const *argv, char *const *env, char *output, size_t size)
{
	sigset_t all, mask, waiting;
	int ends[2] = {-1, -1};
	if (output && pipe2(ends, O_CLOEXEC) != 0)
		return -1;
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &mask);
	pid_t child = start(argv, env, ends[1], &mask);
	/* Bash's handler of SIGCHLD would wait for a child that it doesn't know: it hears of it when that is gone. */
	waiting = mask;
	sigaddset(&waiting, SIGCHLD);
	sigprocmask(SIG_SETMASK, &waiting, NULL);
	if (ends[1] >= 0)
		close(ends[1]);
	if (output && child > 0)
		read_output(ends[0], output, size);
	if (ends[0] >= 0)
		close(ends[0]);
	int status = child > 0 ? wait_for(child) : -1;
	sigprocmask(SIG_SETMASK, &mask, NULL);
	return status;
}
