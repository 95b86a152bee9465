/* Which file an exec will run, and whether the kernel will take it: checked as execve(2) does, as the caller would
 * see it, because the answer "go on" to the kernel does not tell how the exec went. */
#ifndef CARO_TRACE_TARGET_H
#define CARO_TRACE_TARGET_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* The caller's view of the file system. */
struct view {
	pid_t pid;
	uid_t uid;
	gid_t gid;
	bool same_root;  /* our own root folder in our own mount namespace */
	bool same_creds; /* its ids are ours */
	bool looked;     /* target_missing has found a file, of which it keeps what it saw */
	char cwd[PATH_MAX];
};

struct target {
	char path[2 * PATH_MAX];    /* the file that was asked for, absolute where the caller's folder is known */
	char interpreter[PATH_MAX]; /* of a script: the program that runs in the end; else empty */
	bool own;                   /* it is a caro-shim or this tracer: what they run is recorded, they are not */
	uint64_t dev, ino;          /* of the program that runs in the end; 0 where it is not known */
};

/* Find the file of an exec. `dirfd` is AT_FDCWD, or the descriptor given to execveat. `flags` are execveat's.
 * Returns 0, or the errno of the refusal. */
int target_find(const struct view *view, int dirfd, const char *asked, int flags, struct target *out);
/* Take the first look, which is enough for the tries of a PATH search: true if nothing stands at that whole path.
 * What it can't tell is left to target_find. */
bool target_missing(struct view *view, pid_t pid, const char *asked);
/* Reads the rest of the view of a stopped process. Returns 0, or -1 where /proc doesn't tell. */
int view_read(struct view *view, pid_t pid, uid_t uid, gid_t gid);

#endif
