/* One exec of the tree: what is known of it from its start until its end is written.
 *
 * The event is put into words at once (redacted, cut, escaped) and only what its end tells is added later: so
 * the memory of a running process is one line of text, and no secret stays in it. */
#ifndef CARO_TRACE_RECORD_H
#define CARO_TRACE_RECORD_H

#include "trace/caller.h"
#include "trace/joined.h"
#include "trace/target.h"

#include "lib/base/uuid7.h"

#include <time.h>

struct slot;

struct record {
	char id[UUID_TEXT];
	pid_t pid;
	bool announced;
	bool service;                 /* of Caro's own, see service.h: it is never written */
	int64_t started_ns;           /* monotonic */
	uint64_t dev, ino;            /* of the program that runs, 0: not known */
	int64_t stderr_size;          /* of its standard error at the start, -1: no regular file */
	struct slot *slot;            /* see slots.h */
	struct record *older, *newer; /* by start: who is to be announced next */
	size_t length, result_at;
	char line[]; /* the event without its result, see struct draft */
};

/* What an event is made from; `argv` holds the strings one after the other. */
struct start {
	pid_t pid, ppid;
	uid_t uid;
	bool tty;
	bool service;       /* what started it, or ran in its process before, is Caro's own service */
	const char *parent; /* id or NULL */
	const char *cwd;
	const struct target *target;
	const struct strings *argv;
	const char *const *env_diff; /* NULL: not asked for */
	size_t env_diff_count;
	int64_t stderr_size;
	char joined[JOINED_MAX]; /* see joined.h */
	struct timespec at;      /* real time */
	int64_t at_ns;           /* monotonic */
};

int64_t monotonic_ns(void);

#endif
