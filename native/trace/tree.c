#ifdef __linux__
#include "trace/tree.h"

#include "trace/environment.h"
#include "trace/journal.h"
#include "trace/proc.h"
#include "trace/slots.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ANNOUNCE_NS 1000000000ll
#define YOUNG_NS (TREE_YOUNG_MS * 1000000ll)
#define ABOVE_MAX 64

/* What is still to be announced, oldest first. */
static struct record *oldest, *newest;
/* The oldest of them that is young. */
static struct record *youth;

static void await_announce(struct record *record)
{
	record->older = newest;
	record->newer = NULL;
	if (newest != NULL)
		newest->newer = record;
	else
		oldest = record;
	newest = record;
	if (youth == NULL)
		youth = record;
}

static void leave_announce(struct record *record)
{
	if (record->announced)
		return;
	if (youth == record)
		youth = record->newer;
	if (record->older != NULL)
		record->older->newer = record->newer;
	else
		oldest = record->newer;
	if (record->newer != NULL)
		record->newer->older = record->older;
	else
		newest = record->older;
	record->announced = true;
}

struct process *tree_above(pid_t pid, pid_t ppid)
{
	struct process *above = table_find(ppid);
	for (int i = 0; above == NULL && ppid > 1 && i < ABOVE_MAX; i++) /* subshells run nothing of their own */
		above = table_find(ppid = proc_parent(ppid));
	/* Its parent is gone already, as in `(cmd &)`: whoever leads its group or session is the next best. */
	if (above == NULL && getpgid(pid) != pid)
		above = table_find(getpgid(pid));
	if (above == NULL && getsid(pid) != pid)
		above = table_find(getsid(pid));
	return above;
}

const char *tree_parent(const struct process *above)
{
	return above != NULL ? above->current->id : journal_root();
}

static int64_t stderr_growth(const struct process *process, const struct record *record)
{
	struct stat now;
	if (process->current != record || process->stderr_file < 0 || record->stderr_size < 0 ||
	    fstat(process->stderr_file, &now) != 0)
		return -1;
	return now.st_size > record->stderr_size ? now.st_size - record->stderr_size : 0;
}

static void write_end(const struct process *process, struct record *record, int status, int64_t ended_ns,
		      const char *replaced_by)
{
	leave_announce(record);
	journal_end(record, status, ended_ns - record->started_ns, replaced_by, stderr_growth(process, record));
	slots_release(record);
}

static void confirm(struct process *process)
{
	struct record *replaced = process->replaced;
	process->replaced = NULL;
	if (replaced != NULL)
		write_end(process, replaced, STATUS_UNKNOWN, process->current->started_ns, process->current->id);
}

struct process *tree_exec(struct record *record, int pidfd)
{
	struct process *process = table_find(record->pid);
	if (process == NULL) {
		process = table_add(record->pid);
		if (process == NULL) {
			slots_release(record);
			return NULL;
		}
		process->pidfd = pidfd;
	} else {
		confirm(process);
		process->replaced = process->current;
	}
	process->current = record;
	process->ended_ns = 0;
	process->exiting = false;
	await_announce(record);
	return process;
}

void tree_withdraw(struct process *process)
{
	struct record *refused = process->current;
	if (process->replaced == NULL)
		return;
	leave_announce(refused);
	slots_release(refused);
	process->current = process->replaced;
	process->replaced = NULL;
}

static void let_go(struct process *process)
{
	if (process->pidfd >= 0)
		close(process->pidfd);
	if (process->stderr_file >= 0)
		close(process->stderr_file);
	environment_free(process->environment);
	table_remove(process);
}

void tree_end(struct process *process, int status)
{
	int64_t ended_ns = process->ended_ns ? process->ended_ns : monotonic_ns();
	confirm(process);
	write_end(process, process->current, status, ended_ns, NULL);
	let_go(process);
}

void tree_forget_all(void)
{
	for (struct process *process; (process = table_next(NULL)) != NULL;)
		let_go(process);
	oldest = newest = youth = NULL;
}

struct process *tree_adopt(struct record *record, int pidfd)
{
	struct process *process = table_find(record->pid);
	if (process == NULL && (process = table_add(record->pid)) == NULL)
		return NULL;
	if (process->pidfd < 0)
		process->pidfd = pidfd;
	if (process->current == NULL) {
		process->current = record;
	} else if (process->current->started_ns < record->started_ns) {
		process->replaced = process->current;
		process->current = record;
	} else {
		process->replaced = record;
	}
	if (!record->announced)
		await_announce(record);
	return process;
}

static struct process *runs_still(const struct record *record)
{
	struct process *process = table_find(record->pid);
	return process != NULL && process->current == record && process->ended_ns == 0 ? process : NULL;
}

static int64_t age(const struct record *record)
{
	return monotonic_ns() - record->started_ns;
}

int tree_announce(void (*grown_up)(void *context, struct process *process), void *context)
{
	while (youth != NULL && age(youth) >= YOUNG_NS) {
		struct process *process = runs_still(youth);
		youth = youth->newer;
		if (process != NULL && grown_up != NULL)
			grown_up(context, process);
	}
	while (oldest != NULL && age(oldest) >= ANNOUNCE_NS) {
		struct record *record = oldest;
		struct process *process = runs_still(record);
		leave_announce(record);
		if (process != NULL) {
			confirm(process);
			journal_start(record);
		}
	}
	if (youth != NULL)
		return (int)((YOUNG_NS - age(youth)) / 1000000) + 1;
	return oldest == NULL ? -1 : (int)((ANNOUNCE_NS - age(oldest)) / 1000000) + 1;
}
#else
typedef int not_on_this_system;
#endif
