#include "pick/forget.h"

#include "lib/process/find_caro.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define WAIT_MS 3000

static int to_child = -1;
static pid_t child;

static _Noreturn void run_child(const char *program, bool interpreter, int input)
{
	int null = open("/dev/null", O_RDWR);
	setsid();
	dup2(input, STDIN_FILENO);
	dup2(null, STDOUT_FILENO);
	dup2(null, STDERR_FILENO);
	for (int fd = 3; fd < 256; fd++)
		close(fd);
	for (int number = 1; number < 32; number++)
		signal(number, SIG_DFL);
	unsetenv("CARO_SESSION_ID");
	if (interpreter)
		execl(program, program, "-P", "-m", "caro", "history", "forget", "--stdin", "--shells", "--yes",
		      (char *)NULL);
	else
		execl(program, "caro", "history", "forget", "--stdin", "--shells", "--yes", (char *)NULL);
	_exit(126);
}

static bool start_child(void)
{
	char program[4096];
	bool interpreter;
	int ends[2];
	if (!find_caro(program, sizeof program, &interpreter) || pipe(ends) != 0)
		return false;
	child = fork();
	if (child == 0)
		run_child(program, interpreter, ends[0]);
	close(ends[0]);
	to_child = ends[1];
	fcntl(to_child, F_SETFD, FD_CLOEXEC);
	return child > 0;
}

bool forget_line(struct bytes text)
{
	size_t done = 0;
	if (to_child < 0 && !start_child())
		return false;
	while (done < text.length) {
		ssize_t wrote = write(to_child, text.data + done, text.length - done);
		if (wrote < 0 && errno != EINTR)
			return false;
		done += wrote > 0 ? (size_t)wrote : 0;
	}
	return write(to_child, "", 1) == 1;
}

bool end_forgetting(void)
{
	int status = 0;
	if (to_child < 0)
		return true;
	close(to_child);
	for (int ms = 0; ms < WAIT_MS; ms += 10) {
		if (waitpid(child, &status, WNOHANG) != 0)
			return WIFEXITED(status) && WEXITSTATUS(status) == 0;
		nanosleep(&(struct timespec){0, 10000000}, NULL);
	}
	return true; /* it is at work still: a long log */
}
