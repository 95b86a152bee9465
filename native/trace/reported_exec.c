#ifdef __linux__
#include "trace/reported_exec.h"

#include "trace/ends.h"
#include "trace/journal.h"
#include "trace/service.h"
#include "trace/tree.h"

#include "lib/base/runtime_conf.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The pidfd tells at once whether the id is a process or a thread, and on Linux 6.13 and later its parent and user. */
static void identify(struct notify *notify)
{
	struct reported_exec *now = &notify->now;
	struct k_pidfd_info info;
	gid_t gid = 0;
	struct process *process = table_find(now->tid);
	if (process && is_over(process->pidfd)) { /* its pid has been given out again */
		end_process(notify, process);
		process = NULL;
	}
	int pidfd = process ? process->pidfd : (now->pidfd = (int)syscall(SYS_pidfd_open, now->tid, 0));
	if (pidfd >= 0 && pidfd_info(pidfd, &info) == 0) {
		now->ppid = (pid_t)info.ppid;
		now->uid = info.euid;
		gid = info.egid;
	} else {
		struct proc_ids ids;
		proc_ids(now->tid, &ids);
		now->pid = ids.pid;
		now->ppid = ids.ppid;
		now->uid = ids.uid;
		gid = ids.gid;
		if (!process && now->pidfd < 0 && !table_find(now->pid))
			now->pidfd = (int)syscall(SYS_pidfd_open, now->pid, 0);
	}
	/* Now, while the caller stands still: the subshells above it may be gone a moment later. */
	const struct process *before = process ? process : tree_above(now->pid, now->ppid);
	const char *parent = tree_parent(before);
	now->service = runs_service(before);
	snprintf(now->parent, sizeof now->parent, "%s", parent ? parent : notify->shared->root);
	if (view_read(&now->view, now->tid, now->uid, gid) != 0)
		now->view.cwd[0] = '\0';
}

static void open_stderr(struct reported_exec *now)
{
	char name[48];
	struct stat file;
	snprintf(name, sizeof name, "/proc/%d/fd/2", (int)now->pid);
	int fd = open(name, O_PATH | O_CLOEXEC);
	if (fd >= 0 && fstat(fd, &file) == 0 && S_ISREG(file.st_mode)) {
		now->stderr_file = fd;
		now->stderr_size = file.st_size;
	} else if (fd >= 0) {
		close(fd);
	}
}

static int pidfd_of(const struct reported_exec *now)
{
	const struct process *process = now->pidfd < 0 ? table_find(now->pid) : NULL;
	return process ? process->pidfd : now->pidfd;
}

/* What the caller has before the exec; a short-lived program is gone when the record is made. */
static void read_surroundings(struct reported_exec *now, uint64_t envp, bool narrow)
{
	read_joined(now->pid, pidfd_of(now), now->joined, &now->tty);
	if (journal_conf()->stderr_bytes)
		open_stderr(now);
	if (journal_conf()->env_diff && caller_strings(envp, narrow, &now->envp) == 0)
		now->environment = environment_of(&now->envp);
}

void read_exec(struct notify *notify, const struct k_notif *notif, enum call_kind kind, bool narrow)
{
	struct reported_exec *now = &notify->now;
	bool at = kind == CALL_EXECVEAT;
	const uint64_t *args = notif->data.args + at; /* execveat has a descriptor in front */
	int dirfd = at ? (int)notif->data.args[0] : AT_FDCWD, flags = at ? (int)notif->data.args[4] : 0;
	clock_gettime(CLOCK_REALTIME, &now->at);
	now->at_ns = monotonic_ns();
	now->tid = (pid_t)notif->pid;
	now->error = 0;
	now->unreadable = now->target.own = now->tty = now->service = false;
	now->stderr_file = -1;
	now->stderr_size = -1;
	now->pid = now->tid;
	now->pidfd = -1;
	caller_begin(now->tid);
	caller_expect(args, 3);
	if (caller_string(args[0], now->asked, sizeof now->asked) < 0) {
		now->unreadable = errno == EPERM || errno == EACCES;
		now->error = now->unreadable ? 0 : errno;
	} else if (target_missing(&now->view, now->tid, now->asked)) {
		now->error = ENOENT;
	}
	if (now->error == 0)
		identify(notify);
	if (now->error == 0 && !now->unreadable) {
		now->error = target_find(&now->view, dirfd, now->asked, flags, &now->target);
	}
	if (now->error == 0 && !now->unreadable && caller_strings(args[1], narrow, &now->argv) != 0)
		now->error = errno;
	if (now->error == 0 && !now->unreadable)
		now->error = caller_env_fits(args[2], narrow, &now->argv);
	if (now->error == 0 && !now->target.own)
		read_surroundings(now, args[2], narrow);
}

struct start describe_exec(const struct reported_exec *now)
{
	struct start start = {.pid = now->pid, .ppid = now->ppid, .uid = now->uid, .cwd = now->view.cwd};
	start.stderr_size = now->stderr_size;
	start.tty = now->tty;
	memcpy(start.joined, now->joined, sizeof start.joined);
	start.service = now->service;
	start.at = now->at;
	start.at_ns = now->at_ns;
	start.target = &now->target;
	start.argv = &now->argv;
	start.parent = now->parent[0] ? now->parent : NULL;
	return start;
}

void drop_exec(struct reported_exec *now)
{
	if (now->pidfd >= 0)
		close(now->pidfd);
	if (now->stderr_file >= 0)
		close(now->stderr_file);
	now->pidfd = now->stderr_file = -1;
	environment_free(now->environment);
	now->environment = NULL;
	strings_shrink(&now->argv);
	strings_shrink(&now->envp);
}
#else
typedef int not_on_this_system;
#endif
