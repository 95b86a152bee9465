/* Runs a program as a child that nobody can tell from the program itself: the child has the signal mask and the
 * dispositions that this process was started with; signals sent to this process reach it; this process stops and
 * goes on with it, and ends as it ended. */
#ifndef CARO_SPAWN_WAIT_H
#define CARO_SPAWN_WAIT_H

#include "lib/process/spawn.h"

#include <stdint.h>

/* What is called while the child runs; NULL: nothing. */
struct watch {
	void (*meanwhile)(void *context);    /* once, at the start: work that need not wait for the end */
	void (*after_second)(void *context); /* once, where it has been running for a second */
	void *context;
};

struct outcome {
	int exit_code; /* -1: ended by a signal */
	int signal;    /* 0: ended by itself */
	int64_t duration_us;
};

/* Start the program. Return 0, or the errno of fork or exec; `spawn->pid` is 0 where fork failed. All signals stay
 * blocked in this process from then on (see wait_child). May be called again after a failure. */
int spawn_child(struct spawn *spawn);
/* Waits for the end of the child; `watch` may be NULL. */
struct outcome wait_child(const struct spawn *spawn, const struct watch *watch);
/* Gives the process the mask and dispositions back that it had before spawn_child: for an exec in its place. */
void restore_signals(const struct spawn *spawn);
/* Ends this process as the child ended: the same exit status, or the same signal without a second core file. */
_Noreturn void end_like(struct outcome outcome);

#endif
