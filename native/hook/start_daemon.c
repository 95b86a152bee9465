#include "hook/start_daemon.h"

#include "lib/base/xdg.h"
#include "lib/process/find_caro.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define RETRY_SECONDS 30

extern char **environ;

static int tried_lately(const char *state_folder)
{
	char file[4096];
	struct stat status;
	snprintf(file, sizeof file, "%s/daemon.start", state_folder);
	make_parents(file);
	int fd = open(file, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_EXCL, 0600);
	if (fd >= 0)
		return close(fd), 0;
	if (errno != EEXIST)
		return 1;
	if (lstat(file, &status) != 0 || llabs((long long)time(NULL) - (long long)status.st_mtime) < RETRY_SECONDS)
		return 1;
	return utimensat(AT_FDCWD, file, NULL, AT_SYMLINK_NOFOLLOW) != 0;
}

/* The daemon serves every shell: what belongs to this one's session stays here. */
static void drop_session(void)
{
	static const char *const names[] = {"CARO_LINE",         "CARO_LINE_ID", "CARO_SESSION_ID", "CARO_PARENT_ID",
					    "CARO_AGENT",        "CARO_DEEP",    "CARO_RUN",        "CARO_RELAY",
					    "CARO_SHIM_LINEAGE", "SHIM_ACTIVE",  "BASH_ENV",        "ENV"};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		unsetenv(names[i]);
}

static void redirect_to_null(void)
{
	int null = open("/dev/null", O_RDWR);
	for (int fd = 0; fd < 3; fd++)
		dup2(null, fd);
	/* bash's PS0 subshell waits for the end of our output: a copy of that pipe anywhere would hang the prompt. */
	for (int fd = 3; fd < 1024; fd++)
		close(fd);
}

static void become_daemon(const char *program, bool interpreter)
{
	sigset_t none;
	setsid();
	if (fork() != 0)
		_exit(0);
	redirect_to_null();
	drop_session();
	for (int number = 1; number < 32; number++)
		signal(number, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (chdir("/") != 0)
		_exit(111);
	if (interpreter)
		execl(program, program, "-m", "caro", "daemon", "run", (char *)NULL);
	else
		execl(program, "caro", "daemon", "run", (char *)NULL);
	_exit(126);
}

int start_daemon(const char *state_folder)
{
	char program[4096];
	bool noted;
	if (!find_caro(program, sizeof program, &noted))
		return 0;
	if (tried_lately(state_folder))
		return 1;
	pid_t child = fork();
	if (child == 0)
		become_daemon(program, noted);
	if (child > 0)
		while (waitpid(child, NULL, 0) < 0 && errno == EINTR) {
		}
	return child > 0;
}
