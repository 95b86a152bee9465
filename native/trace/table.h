/* The processes of the tree that run something of their own: pid -> what it runs. */
#ifndef CARO_TRACE_TABLE_H
#define CARO_TRACE_TABLE_H

#include "trace/record.h"

struct environment;

struct process {
	pid_t pid; /* 0: the slot is free */
	int pidfd;
	bool exiting;     /* exit_group was seen: `status` is known */
	int status;       /* as wait(2) gives it */
	int64_t ended_ns; /* 0: not seen to end */
	int stderr_file;  /* O_PATH of its standard error where that is a regular file and asked for, else -1 */
	struct environment *environment; /* of `current`, where asked for */
	struct record *current;
	/* The exec before `current` in this process: not written until it is sure that `current` took place. */
	struct record *replaced;
};

/* Return the process; NULL where there is none. Pointers are valid until the next table_add or table_remove. */
struct process *table_find(pid_t pid);
/* Add a process. The pid must not be there. NULL: no memory. */
struct process *table_add(pid_t pid);
void table_remove(struct process *process);
size_t table_count(void);
/* Walks over all: start with NULL. */
struct process *table_next(struct process *process);

#endif
