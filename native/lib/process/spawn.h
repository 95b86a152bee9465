/* A program to be started, and what is known of it once it is. */
#ifndef CARO_SPAWN_H
#define CARO_SPAWN_H

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>
#include <time.h>

/* Digits of the largest pid. */
#define PID_DIGITS 10

struct spawn {
	const char *file;
	char *const *argv;
	char **envp;
	/* Where not NULL: the text in front of which the child writes `pid_prefix`, its pid and ":", and the place
	 * in `envp` for it. There must be room for the three before it. */
	char *pid_suffix;
	const char *pid_prefix;
	size_t pid_place;
	/* Where not NULL: called in the child right before exec, with the limits of after_fork.c; false: no exec,
	 * with errno. */
	bool (*before_exec)(void *context);
	void *context;

	/* filled in by spawn_child */
	pid_t pid;
	struct timespec started; /* monotonic */
	sigset_t inherited_mask;
	bool chld_ignored;
	volatile int error; /* errno of a failed exec; set by the child */
};

#endif
