/* odd_execs CASE: execs in ways that shells don't. Each case ends by running /bin/echo, or with a status of its own. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;
static char *echo[] = {"echo", "odd", NULL};

static int wait_all(void)
{
	while (wait(NULL) > 0)
		continue;
	return 0;
}

static void *exec_here(void *unused)
{
	(void)unused;
	execv("/bin/echo", echo);
	return NULL;
}

static int from_thread(void)
{
	pthread_t thread;
	pthread_create(&thread, NULL, exec_here, NULL);
	for (;;)
		pause();
}

static int by_vfork(void)
{
	for (int i = 0; i < 5; i++)
		if (vfork() == 0) {
			execv("/bin/echo", echo);
			_exit(9);
		}
	return wait_all();
}

static int by_descriptor(int flags)
{
	int fd = open("/bin/echo", O_PATH | flags);
	syscall(SYS_execveat, fd, "", echo, environ, AT_EMPTY_PATH);
	return errno;
}

static int relative_to_folder(void)
{
	int fd = open("/bin", O_PATH | O_DIRECTORY);
	syscall(SYS_execveat, fd, "echo", echo, environ, 0);
	return errno;
}

static int chain(void)
{
	char *words[] = {"env", "env", "nice", "sh", "-c", "exec /bin/echo chain", NULL};
	execv("/usr/bin/env", words);
	return errno;
}

/* What the kernel refuses; then echo. */
static int refused(void)
{
	static char large[200000];
	char *too_long[] = {"echo", large, NULL}, *bad_pointer[] = {"echo", (char *)16, NULL};
	char *environment[] = {large, NULL};
	memset(large, 'x', sizeof large - 1);
	execv("/bin/echo", too_long);
	execve("/bin/echo", echo, environment);
	execv("/bin/echo", bad_pointer);
	execv("/bin/echo", (char **)32);
	syscall(SYS_execve, (char *)8, echo, environ);
	execv("/no/such/file", echo);
	execv("/etc/passwd", echo);
	execv("/etc", echo);
	execv("/bin/echo/x", echo);
	syscall(SYS_execveat, -1, "", echo, environ, AT_EMPTY_PATH);
	syscall(SYS_execveat, 99, "echo", echo, environ, 0);
	execv("/bin/echo", echo);
	return errno;
}

/* 40 KB in each of 60 variables: together above the limit of a small stack, no single one too long. */
static int crowded_environment(void)
{
	static char texts[60][40000], *environment[61];
	for (int i = 0; i < 60; i++) {
		snprintf(texts[i], 40, "V%d=", i);
		memset(texts[i] + strlen(texts[i]), 'y', sizeof texts[i] - 10);
		environment[i] = texts[i];
	}
	execve("/bin/echo", echo, environment);
	execv("/bin/echo", echo);
	return errno;
}

static int no_arguments(void)
{
	char *empty[] = {NULL};
	if (fork() == 0) {
		execve("/bin/true", empty, environ);
		_exit(9);
	}
	if (fork() == 0) {
		syscall(SYS_execve, "/bin/true", NULL, NULL);
		_exit(9);
	}
	return wait_all();
}

static int large_arguments(void)
{
	static char large[100000];
	char *words[22] = {"true"};
	memset(large, 'z', sizeof large - 1);
	for (int i = 1; i < 20; i++)
		words[i] = large;
	execv("/bin/true", words);
	return errno;
}

static int not_dumpable(void)
{
	/* Long enough for the tracer to look afterwards, which is all it can do. */
	char *words[] = {"sleep", "0.2", NULL};
	prctl(PR_SET_DUMPABLE, 0);
	execv("/bin/sleep", words);
	return errno;
}

static volatile char *shared_word;

static void *rewrite(void *unused)
{
	(void)unused;
	for (;;)
		shared_word[0] = shared_word[0] == 'a' ? 'b' : 'a';
}

/* Another thread rewrites an argument, unmaps and maps pages, while it is read. */
static int rewriting(void)
{
	for (int i = 0; i < 20; i++) {
		if (fork() != 0)
			continue;
		pthread_t thread;
		shared_word = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		memset((char *)shared_word, 'a', 4095);
		pthread_create(&thread, NULL, rewrite, NULL);
		char *words[] = {"true", (char *)shared_word, NULL};
		execv("/bin/true", words);
		_exit(9);
	}
	return wait_all();
}

static int many_at_once(int count)
{
	for (int i = 0; i < count; i++) {
		if (fork() == 0) {
			execv("/bin/true", (char *[]){"true", "many", NULL});
			_exit(9);
		}
		if (i % 200 == 199)
			wait_all();
	}
	return wait_all();
}

static int killed(void)
{
	if (fork() == 0) {
		execv("/bin/sh", (char *[]){"sh", "-c", "kill -SEGV $$", NULL});
		_exit(9);
	}
	wait_all();
	raise(SIGKILL);
	return 9;
}

int main(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : "";
	static const struct {
		const char *name;
		int (*run)(void);
	} cases[] = {{"thread", from_thread}, {"vfork", by_vfork}, {"folder", relative_to_folder}, {"chain", chain},
		     {"refused", refused}, {"crowded", crowded_environment}, {"empty", no_arguments},
		     {"large", large_arguments}, {"not-dumpable", not_dumpable}, {"rewriting", rewriting}, {"killed", killed}};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		if (!strcmp(name, cases[i].name))
			return cases[i].run();
	if (!strcmp(name, "descriptor"))
		return by_descriptor(0);
	if (!strcmp(name, "closing-descriptor"))
		return by_descriptor(O_CLOEXEC);
	if (!strcmp(name, "many"))
		return many_at_once(argc > 2 ? atoi(argv[2]) : 64);
	return 100;
}
