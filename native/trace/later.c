#ifdef __linux__
#include "trace/later.h"

#include "trace/ends.h"
#include "trace/exec_record.h"
#include "trace/service.h"

#include "lib/event/log.h"

#include <stdio.h>
#include <unistd.h>

#define LATER_NS 500000000ll
#define LATER_QUICK_NS 2000000ll

void read_later(struct notify *notify)
{
	struct reported_exec *now = &notify->now;
	if (notify->later_count == LATER_MAX) {
		count_unwritten();
		return;
	}
	notify->later[notify->later_count++] =
		(struct later){now->pid, now->ppid, now->uid, now->pidfd, now->at, now->at_ns};
	now->pidfd = -1;
}

static void record_later(struct notify *notify, const struct later *later)
{
	struct reported_exec *now = &notify->now;
	struct process *known = table_find(later->pid);
	const struct process *before = known ? known : tree_above(later->pid, later->ppid);
	const char *parent = tree_parent(before);
	now->target.interpreter[0] = '\0';
	now->target.dev = now->target.ino = 0;
	now->pid = later->pid;
	now->ppid = later->ppid;
	now->uid = later->uid;
	now->pidfd = later->pidfd;
	now->at = later->at;
	now->at_ns = later->at_ns;
	snprintf(now->parent, sizeof now->parent, "%s", parent ? parent : notify->shared->root);
	if (view_read(&now->view, now->pid, now->uid, 0) != 0)
		now->view.cwd[0] = '\0';
	read_joined(now->pid, now->pidfd, now->joined, &now->tty);
	now->service = runs_service(before);
	now->stderr_size = now->stderr_file = -1;
	record_exec(notify);
	if (now->pidfd >= 0)
		close(now->pidfd);
}

/* The kernel shows the new program a moment before its arguments. */
static bool readable_now(struct reported_exec *now, const struct later *later)
{
	char name[48];
	snprintf(name, sizeof name, "/proc/%d/exe", (int)later->pid);
	ssize_t length = readlink(name, now->target.path, sizeof now->target.path - 1);
	now->target.path[length > 0 ? length : 0] = '\0';
	if (!proc_argv(later->pid, &now->argv))
		now->argv.bytes = now->argv.count = 0;
	return length > 0 && now->argv.bytes > 0;
}

void try_later(struct notify *notify, pid_t ended)
{
	for (size_t i = 0; i < notify->later_count;) {
		struct later *later = &notify->later[i];
		bool over = later->pid == ended || (later->pidfd >= 0 && is_over(later->pidfd));
		if (!readable_now(&notify->now, later) && !over && monotonic_ns() - later->at_ns < LATER_NS) {
			i++;
			continue;
		}
		struct later taken = *later;
		*later = notify->later[--notify->later_count];
		record_later(notify, &taken);
	}
}

/* A short-lived program can be read for a moment only, so at first no moment is missed; but on a busy machine the exec
 * itself may take long to come. */
int patience_for_later(const struct notify *notify)
{
	int64_t now_ns = monotonic_ns();
	for (size_t i = 0; i < notify->later_count; i++)
		if (now_ns - notify->later[i].at_ns < LATER_QUICK_NS)
			return 0;
	return 1;
}
#else
typedef int not_on_this_system;
#endif
