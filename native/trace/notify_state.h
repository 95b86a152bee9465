/* What the worker of notify mode knows: handed on from function to function, so that a keeper starts with its own. */
#ifndef CARO_TRACE_NOTIFY_STATE_H
#define CARO_TRACE_NOTIFY_STATE_H

#include "trace/caller.h"
#include "trace/environment.h"
#include "trace/keeper.h"
#include "trace/proc.h"
#include "trace/record.h"
#include "trace/target.h"

#include "lib/base/uuid7.h"

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#define LATER_MAX 64

/* An exec that is recorded once it has taken place. */
struct later {
	pid_t pid, ppid;
	uid_t uid;
	int pidfd;
	struct timespec at;
	int64_t at_ns;
};

/* What one reported exec is, while its caller waits. */
struct reported_exec {
	pid_t tid, pid, ppid;
	uid_t uid;
	int pidfd; /* of a process that is not in the table yet, else -1 */
	int error; /* why the kernel will refuse it, 0: it won't */
	bool unreadable;
	struct view view;
	struct target target;
	struct strings argv;
	char asked[PATH_MAX];
	struct timespec at; /* when the report came, real time */
	int64_t at_ns;      /* monotonic */
	char parent[UUID_TEXT];
	struct strings envp;             /* where env_diff is asked for */
	struct environment *environment; /* of them */
	bool tty, service;
	char joined[JOINED_MAX];
	int stderr_file; /* O_PATH, -1: not asked for, or no regular file */
	int64_t stderr_size;
};

struct notify {
	int listener, control, poll, keeper;
	bool with_exit;
	bool unused;       /* no process is left under the filter */
	bool settling;     /* the launcher waits for an answer */
	int unreaped;      /* processes that ended and were not waited for yet */
	bool sync_wake_up; /* set for the listener */
	struct shared *shared;
	struct environment *own_environment;
	size_t later_count;
	struct later later[LATER_MAX];
	struct reported_exec now;
};

/* Watches a descriptor (epoll_ctl(2)); `data` comes back with its events: a pid, or one of notify.c's numbers. */
void notify_watch(struct notify *notify, int fd, uint32_t events, uint64_t data);

#endif
