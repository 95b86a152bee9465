/* What /proc tells of a process: for kernels whose pidfds don't, and for what only /proc knows. */
#ifndef CARO_TRACE_PROC_H
#define CARO_TRACE_PROC_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct strings;

struct proc_ids {
	pid_t pid; /* of the process; the question may have been about one of its threads */
	pid_t ppid;
	uid_t uid; /* effective */
	gid_t gid;
};

/* Read the ids of a process. False: it is gone; then all are zero but `pid`, which is `tid`. */
bool proc_ids(pid_t tid, struct proc_ids *out);
/* Return the parent; 0: it is gone. */
pid_t proc_parent(pid_t pid);
/* Return the status, as wait(2) gives it, of a process that ended and was not waited for; else -1. */
int proc_zombie_status(pid_t pid);
struct stat;
bool is_terminal(const struct stat *file);
/* Reads a whole file of /proc/PID, at most `room` bytes. Returns the length, or -1. */
ssize_t proc_read(pid_t pid, const char *file, char *out, size_t room);
/* Read the environment that this process was started with. 0, or -1. */
int proc_environ(struct strings *out);
/* Its arguments. False: it is gone, or no memory. */
bool proc_argv(pid_t pid, struct strings *out);

#endif
