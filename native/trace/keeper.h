/* The second holder of the listener; see notify.h. */
#ifndef CARO_TRACE_KEEPER_H
#define CARO_TRACE_KEEPER_H

#include "trace/kernel.h"

#include "lib/base/uuid7.h"

#include <stdbool.h>

/* What outlives the worker. */
struct shared {
	struct k_notif notif; /* the report that it has taken and not answered; id 0: none */
	volatile bool done;   /* it ended because nothing is left to serve */
	bool taken_over;      /* there was another worker before */
	char root[UUID_TEXT]; /* the event of the command itself */
};

/* Return memory shared with all processes forked from here on. NULL: none. */
struct shared *keeper_memory(void);
/* Starts a keeper of this process and returns its pidfd, or -1. The keeper calls `forget` at once, to let go of
 * what it inherited, and `take_over`, which never returns, when this process dies; both get the context. */
int keeper_start(int listener, struct shared *shared, void (*forget)(void *), void (*take_over)(void *), void *context);
/* Ends the keeper, if it still runs, and reaps it. */
void keeper_stop(int pidfd);

#endif
