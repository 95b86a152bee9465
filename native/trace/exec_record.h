/* Records the exec that was read last. */
#ifndef CARO_TRACE_EXEC_RECORD_H
#define CARO_TRACE_EXEC_RECORD_H

#include "trace/notify_state.h"
#include "trace/tree.h"

/* Puts `notify->now` into the tree, and watches its process where that is new. */
void record_exec(struct notify *notify);
/* True if the program that the last exec of this process should have brought is not there: the kernel refused it. */
bool was_refused(const struct process *process);

#endif
