/* Reads what a caller that stands before its exec is about to run. */
#ifndef CARO_TRACE_REPORTED_EXEC_H
#define CARO_TRACE_REPORTED_EXEC_H

#include "trace/filter.h"
#include "trace/kernel.h"
#include "trace/notify_state.h"

/* Fills `notify->now`; its `error` is what the kernel will refuse the exec with. `narrow`: the caller is a 32-bit one. */
void read_exec(struct notify *notify, const struct k_notif *notif, enum call_kind kind, bool narrow);
/* Returns the same as what records are made of; it points into `now`. */
struct start describe_exec(const struct reported_exec *now);
/* Closes and frees what is still held of it. */
void drop_exec(struct reported_exec *now);

#endif
