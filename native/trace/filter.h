/* The seccomp filter that reports every exec (and, before Linux 6.15, every exit_group) of a tree of processes. */
#ifndef CARO_TRACE_FILTER_H
#define CARO_TRACE_FILTER_H

#include <stdbool.h>
#include <stdint.h>

enum call_kind { CALL_OTHER, CALL_EXECVE, CALL_EXECVEAT, CALL_EXIT };

/* Installs the filter on the calling process, with a listener (close-on-exec). `no_new_privs` is set only when
 * asked for. Returns the listener, or -1 with errno: EBUSY another listener is above, EACCES no_new_privs is needed,
 * EINVAL/ENOSYS the kernel is too old. */
int filter_install(bool with_exit, bool no_new_privs);

/* Which of the reported calls this is; `*narrow` tells that the caller's pointers have 32 bits. */
enum call_kind filter_call(uint32_t arch, int32_t nr, bool *narrow);

#endif
