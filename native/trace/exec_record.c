#ifdef __linux__
#include "trace/exec_record.h"

#include "trace/journal.h"
#include "trace/reported_exec.h"

#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <unistd.h>

#define NAMES_MAX 256

/* Against the exec that this one replaces, or the one that started it; for the first of all against the tracer's. */
static size_t changed_names(struct notify *notify, const struct process *known, const char *names[NAMES_MAX])
{
	struct reported_exec *now = &notify->now;
	if (!now->environment)
		return 0;
	const struct process *before = known ? known : tree_above(now->pid, now->ppid);
	return environment_diff(before ? before->environment : notify->own_environment, now->environment, names,
				NAMES_MAX);
}

static void keep_surroundings(struct notify *notify, struct process *process)
{
	struct reported_exec *now = &notify->now;
	if (!process)
		return;
	if (process->stderr_file >= 0)
		close(process->stderr_file);
	process->stderr_file = now->stderr_file;
	now->stderr_file = -1;
	if (now->environment) {
		environment_free(process->environment);
		process->environment = now->environment;
		now->environment = NULL;
	}
}

void record_exec(struct notify *notify)
{
	struct reported_exec *now = &notify->now;
	const char *names[NAMES_MAX];
	struct process *known = table_find(now->pid);
	struct start start = describe_exec(now);
	start.env_diff = now->environment ? names : NULL;
	start.env_diff_count = changed_names(notify, known, names);
	struct record *record = journal_record(&start);
	if (!record)
		return;
	if (!notify->shared->root[0])
		memcpy(notify->shared->root, record->id, sizeof notify->shared->root);
	if (known && known->ended_ns != 0)
		notify->unreaped--; /* only a thread that led the group had ended */
	struct process *process = tree_exec(record, now->pidfd);
	keep_surroundings(notify, process);
	if (process && !known && now->pidfd >= 0) {
		notify_watch(notify, now->pidfd, EPOLLET | (notify->with_exit ? EPOLLIN : 0u), (uint64_t)now->pid);
		now->pidfd = -1;
	}
}

bool was_refused(const struct process *process)
{
	char name[48];
	struct stat stat_exe;
	const struct record *ran = process->current;
	snprintf(name, sizeof name, "/proc/%d/exe", (int)process->pid);
	if (!process->replaced || ran->ino == 0 || stat(name, &stat_exe) != 0)
		return false;
	return stat_exe.st_ino != ran->ino && stat_exe.st_ino == process->replaced->ino;
}
#else
typedef int not_on_this_system;
#endif
