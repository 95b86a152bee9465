#ifdef __linux__
#include "trace/notify.h"

#include "trace/control.h"
#include "trace/ends.h"
#include "trace/exec_record.h"
#include "trace/filter.h"
#include "trace/gate.h"
#include "trace/journal.h"
#include "trace/later.h"
#include "trace/reported_exec.h"
#include "trace/slots.h"
#include "trace/tree.h"

#include "lib/event/log.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#define ZOMBIE_NS 100000000ll

/* epoll's data: a pid, or one of these (no pid is that large). */
enum { ON_LISTENER = 0x7ffffff0, ON_CONTROL, ON_KEEPER };

void notify_watch(struct notify *notify, int fd, uint32_t events, uint64_t data)
{
	struct epoll_event event = {.events = events, .data.u64 = data};
	epoll_ctl(notify->poll, EPOLL_CTL_ADD, fd, &event);
}

/* The caller goes on at once on this very processor, which saves a switch; but what has to look at the caller right
 * after the exec must not stand back. */
static void set_sync_wake_up(struct notify *notify, bool wanted)
{
	uintptr_t flags = wanted ? K_NOTIF_FD_SYNC_WAKE_UP : 0;
	if (wanted != notify->sync_wake_up && k_ioctl(notify->listener, K_NOTIF_SET_FLAGS, (void *)flags) == 0)
		notify->sync_wake_up = wanted;
}

static bool answer(struct notify *notify, uint64_t id)
{
	struct k_notif_resp response = {.id = id, .flags = K_NOTIF_FLAG_CONTINUE};
	bool accepted = k_ioctl(notify->listener, K_NOTIF_SEND, &response) == 0;
	notify->shared->notif.id = 0;
	return accepted;
}

/* By the exec gate. The caller sees a program that may not be executed. */
static bool refuse(struct notify *notify, uint64_t id)
{
	struct reported_exec *now = &notify->now;
	struct k_notif_resp response = {.id = id, .error = -EACCES};
	struct start start = describe_exec(now);
	if (now->error != 0 || now->unreadable || now->target.own || !gate_refuses(&start))
		return false;
	k_ioctl(notify->listener, K_NOTIF_SEND, &response);
	notify->shared->notif.id = 0;
	return true;
}

static void on_exec_call(struct notify *notify, const struct k_notif *notif, enum call_kind kind, bool narrow)
{
	struct reported_exec *now = &notify->now;
	read_exec(notify, notif, kind, narrow);
	struct process *process = now->error == 0 ? table_find(now->pid) : NULL;
	if (process && was_refused(process))
		tree_withdraw(process);
	/* The record is made while the kernel runs the exec already; one that was not accepted is reported again. */
	set_sync_wake_up(notify, !now->unreadable);
	if (!refuse(notify, notif->id) && answer(notify, notif->id) && now->error == 0 && !now->target.own) {
		if (now->unreadable)
			read_later(notify);
		else
			record_exec(notify);
	}
	set_sync_wake_up(notify, true);
	drop_exec(now);
}

static void on_exit_call(struct notify *notify, const struct k_notif *notif)
{
	struct proc_ids ids;
	int status = (int)(notif->data.args[0] & 0xff) << 8;
	struct process *process = table_find((pid_t)notif->pid);
	if (!process && proc_ids((pid_t)notif->pid, &ids)) /* called by a thread, for all */
		process = table_find(ids.pid);
	bool accepted = answer(notify, notif->id);
	if (!process)
		return;
	process->exiting = accepted;
	process->status = status;
}

static void on_report(struct notify *notify)
{
	struct k_notif *notif = &notify->shared->notif;
	bool narrow = false;
	memset(notif, 0, sizeof *notif); /* the kernel refuses anything else */
	if (k_ioctl(notify->listener, K_NOTIF_RECV, notif) != 0)
		return; /* ENOENT: the caller was killed meanwhile */
	enum call_kind kind = filter_call(notif->data.arch, notif->data.nr, &narrow);
	struct k_notif copy = *notif;
	if (kind == CALL_EXECVE || kind == CALL_EXECVEAT)
		on_exec_call(notify, &copy, kind, narrow);
	else if (kind == CALL_EXIT)
		on_exit_call(notify, &copy);
	else
		answer(notify, copy.id);
}

/* EPOLLHUP: it was waited for, and its status can be read. Most programs are short and waited for at once, so at
 * first that alone is watched: one wake-up less for each. */
static void watch_end(void *context, struct process *process)
{
	const struct notify *notify = context;
	struct epoll_event event = {.events = EPOLLIN | EPOLLET, .data.u64 = (uint64_t)process->pid};
	if (process->pidfd >= 0 && !notify->with_exit)
		epoll_ctl(notify->poll, EPOLL_CTL_MOD, process->pidfd, &event);
}

/* EPOLLIN: it has ended; EPOLLHUP: see above. */
static void on_process(struct notify *notify, pid_t pid, uint32_t events)
{
	if (notify->later_count > 0)
		try_later(notify, pid);
	struct process *process = table_find(pid);
	if (!process)
		return;
	if (process->ended_ns == 0) {
		process->ended_ns = monotonic_ns();
		notify->unreaped++;
	}
	if ((events & EPOLLHUP) || notify->with_exit || reaped_status(process->pidfd) != STATUS_UNKNOWN)
		end_process(notify, process);
}

static bool is_done(struct notify *notify)
{
	return notify->unused && table_count() == 0 && notify->later_count == 0;
}

/* The launcher waits for a worker that is done, so that no zombie is left where nobody else would reap it. */
static _Noreturn void finish(struct notify *notify)
{
	notify->shared->done = true;
	keeper_stop(notify->keeper);
	_exit(0);
}

static void on_control(struct notify *notify)
{
	notify->settling = control_asked(notify->control);
	if (notify->settling)
		return;
	epoll_ctl(notify->poll, EPOLL_CTL_DEL, notify->control, NULL);
	close(notify->control);
	notify->control = -1;
}

static void serve(void *context);

/* In a new keeper: what the worker knows of its processes is out of date when the keeper's turn comes. */
static void forget(void *context)
{
	struct notify *notify = context;
	tree_forget_all();
	notify->unreaped = 0;
	if (notify->poll >= 0)
		close(notify->poll);
	if (notify->keeper >= 0)
		close(notify->keeper);
	notify->poll = notify->keeper = -1;
}

static void start_keeper(struct notify *notify)
{
	notify->keeper = keeper_start(notify->listener, notify->shared, forget, serve, notify);
	if (notify->keeper >= 0)
		notify_watch(notify, notify->keeper, EPOLLIN, ON_KEEPER);
}

static void on_event(struct notify *notify, const struct epoll_event *event)
{
	switch (event->data.u64) {
	case ON_LISTENER:
		if (event->events & EPOLLIN)
			on_report(notify);
		else {
			notify->unused = true;
			epoll_ctl(notify->poll, EPOLL_CTL_DEL, notify->listener, NULL);
		}
		break;
	case ON_CONTROL:
		on_control(notify);
		break;
	case ON_KEEPER:
		keeper_stop(notify->keeper);
		notify->keeper = -1; /* the number is free for another file now */
		start_keeper(notify);
		break;
	default:
		on_process(notify, (pid_t)event->data.u64, event->events);
	}
}

static int patience(struct notify *notify)
{
	int announce = tree_announce(watch_end, notify);
	if (notify->later_count > 0)
		return patience_for_later(notify);
	if (notify->settling)
		return 0;
	if (notify->unreaped > 0 && (announce < 0 || announce > ZOMBIE_NS / 1000000))
		return ZOMBIE_NS / 1000000;
	return announce;
}

/* Callers wait, so they come first. The launcher's question is answered when nothing else is left to do: the answer
 * means that all that ended before is written. */
static void serve_round(struct notify *notify)
{
	struct epoll_event events[64];
	int count = epoll_wait(notify->poll, events, 64, patience(notify));
	if (notify->settling && count <= 0)
		find_zombies(notify);
	if (notify->unreaped > 0 && count <= 0)
		end_zombies(notify, notify->settling ? 0 : ZOMBIE_NS);
	for (int i = 0; i < count; i++)
		if (events[i].data.u64 == ON_LISTENER)
			on_event(notify, &events[i]);
	for (int i = 0; i < count; i++)
		if (events[i].data.u64 != ON_LISTENER)
			on_event(notify, &events[i]);
	if (notify->later_count > 0) {
		sched_yield();
		try_later(notify, 0);
	}
	if (notify->settling && count <= 0 && notify->later_count == 0) {
		notify->settling = false;
		control_answer(notify->control, is_done(notify));
	}
}

static void adopt(void *context, struct record *record)
{
	struct notify *notify = context;
	bool known = table_find(record->pid) != NULL;
	int pidfd = known ? -1 : (int)syscall(SYS_pidfd_open, record->pid, 0);
	struct process *process = tree_adopt(record, pidfd);
	if (process && !known && pidfd >= 0)
		notify_watch(notify, pidfd, EPOLLIN | EPOLLET, (uint64_t)record->pid);
}

/* What the worker before knew. Of those that ended meanwhile nobody can tell how. */
static void recover(struct notify *notify)
{
	size_t lost;
	slots_recover(adopt, notify, &lost);
	while (lost-- > 0)
		count_unwritten();
	for (struct process *process = NULL; (process = table_next(process)) != NULL;)
		if (process->pidfd < 0) {
			end_process(notify, process);
			process = NULL;
		}
}

static void serve(void *context)
{
	struct notify *notify = context;
	notify->poll = epoll_create1(EPOLL_CLOEXEC);
	notify_watch(notify, notify->listener, EPOLLIN, ON_LISTENER);
	if (notify->control >= 0)
		notify_watch(notify, notify->control, EPOLLIN | EPOLLRDHUP, ON_CONTROL);
	start_keeper(notify);
	set_sync_wake_up(notify, true);
	if (notify->shared->taken_over)
		recover(notify);
	while (!is_done(notify) || notify->settling)
		serve_round(notify);
	finish(notify);
}

/* What caro-trace was started with is what the command would have had without it. */
static struct environment *own_environment(void)
{
	struct strings strings = {0};
	if (!journal_conf()->env_diff || proc_environ(&strings) != 0)
		return NULL;
	struct environment *environment = environment_of(&strings);
	free(strings.data);
	return environment;
}

_Noreturn void notify_serve(int listener, int control, bool with_exit)
{
	static struct notify notify;
	notify.listener = listener;
	notify.control = control;
	notify.with_exit = with_exit;
	notify.poll = notify.keeper = -1;
	notify.own_environment = own_environment();
	notify.shared = keeper_memory();
	if (notify.shared && slots_open())
		serve(&notify);
	_exit(111);
}
#else
typedef int not_on_this_system;
#endif
