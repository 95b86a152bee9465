/* The tree of execs: who started whom, what replaced what, what has ended. Nothing here asks the kernel for more than
 * a parent's pid; the ways to observe (notify, ptrace) tell what happened.
 *
 *   in a process          what happens                      what is written
 *   --------------------  --------------------------------  ------------------------------------------------------
 *   nothing of its own    exec                              -
 *   runs X                1 s went by                       exec_start of X
 *   runs X                exec of Y                         - (X waits: Y may turn out to have been refused)
 *   runs Y after X        Y proves real: exec, end, or 1 s  exec of X, replaced_by Y
 *   runs Y after X        Y proves refused                  - (runs X again)
 *   runs X                end                               exec of X with its status
 */
#ifndef CARO_TRACE_TREE_H
#define CARO_TRACE_TREE_H

#include "trace/table.h"

#define STATUS_UNKNOWN (-1)

/* Return the process that `ppid`, or the nearest above it that runs something of its own, is; NULL: none is known. */
struct process *tree_above(pid_t pid, pid_t ppid);
/* Return the id of the event of the exec that the process runs; of NULL the tracer's own parent, NULL where it has none. */
const char *tree_parent(const struct process *above);
/* Note that `record` now runs in its process (which tree_exec adds where it is new: then `pidfd` is its own). NULL:
 * no memory, the record is freed. */
struct process *tree_exec(struct record *record, int pidfd);
/* Take the last exec of the process back: it did not take place after all. */
void tree_withdraw(struct process *process);
/* Note that it ended, with what wait(2) would give, or STATUS_UNKNOWN. The process is forgotten. */
void tree_end(struct process *process, int status);
/* In a new keeper: lets go of all, releases no record. */
void tree_forget_all(void);
/* After a take-over: `record` runs, or ran before another exec, in its process. Where the process is known already,
 * `pidfd` is left to the caller. NULL: no memory. */
struct process *tree_adopt(struct record *record, int pidfd);
/* Announces what runs for a second; calls `grown_up`, where not NULL, for what runs for TREE_YOUNG_MS. Returns
 * milliseconds until the next of either, -1 for none. */
#define TREE_YOUNG_MS 50
int tree_announce(void (*grown_up)(void *context, struct process *process), void *context);

#endif
