/* How processes of notify mode end: told by their pidfd once their parent has waited for them (ioctl_pidfd(2)). */
#ifndef CARO_TRACE_ENDS_H
#define CARO_TRACE_ENDS_H

#include "trace/kernel.h"
#include "trace/notify_state.h"
#include "trace/tree.h"

/* Asks what the kernel knows of a process; 0, or -1 with errno. */
int pidfd_info(int pidfd, struct k_pidfd_info *info);
/* True if the process has ended, whether it was waited for or not. */
bool is_over(int pidfd);
/* Returns its status after the parent has waited, as wait(2) gives it, else STATUS_UNKNOWN. */
int reaped_status(int pidfd);
/* Records the end of a process, which is forgotten. */
void end_process(struct notify *notify, struct process *process);
/* Notes the young ones that ended and were not waited for: nothing has told of them yet. */
void find_zombies(struct notify *notify);
/* Ends those that ended longer than `older_ns` ago and were not waited for. */
void end_zombies(struct notify *notify, int64_t older_ns);

#endif
