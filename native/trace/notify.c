#ifdef __linux__
#include "trace/notify.h"

#include "trace/caller.h"
#include "trace/control.h"
#include "trace/environment.h"
#include "trace/filter.h"
#include "trace/gate.h"
#include "trace/journal.h"
#include "trace/keeper.h"
#include "trace/kernel.h"
#include "trace/proc.h"
#include "trace/slots.h"
#include "trace/tree.h"

#include "lib/event/log.h"
#include "lib/base/runtime_conf.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define ZOMBIE_NS 100000000ll

/* epoll's data: a pid, or one of these (no pid is that large). */
enum { ON_LISTENER = 0x7ffffff0, ON_CONTROL, ON_KEEPER };

#define NAMES_MAX 256
#define LATER_MAX 64
#define LATER_NS 500000000ll
#define LATER_QUICK_NS 2000000ll

/* An exec that is recorded once it has taken place. */
struct later {
	pid_t pid, ppid;
	uid_t uid;
	int pidfd;
	struct timespec at;
	int64_t at_ns;
};

static struct {
	int listener, control, poll, keeper;
	bool with_exit;
	bool unused;   /* no process is left under the filter */
	bool settling; /* the launcher waits for an answer */
	int unreaped;  /* processes that ended and were not waited for yet */
	struct shared *shared;
	struct environment *own_environment;
	size_t later_count;
	struct later later[LATER_MAX];
} worker;

/* What one reported exec is, while its caller waits. */
static struct {
	pid_t tid, pid, ppid;
	uid_t uid;
	int pidfd; /* of a process that is not in the table yet, else -1 */
	int error; /* why the kernel will refuse it, 0: it won't */
	bool unreadable;
	struct view view;
	struct target target;
	struct strings argv;
	char asked[PATH_MAX];
	struct timespec at; /* when the report came, real time */
	int64_t at_ns;      /* monotonic */
	char parent[UUID_TEXT];
	struct strings envp;             /* where env_diff is asked for */
	struct environment *environment; /* of them */
	bool tty;
	int stderr_file; /* O_PATH, -1: not asked for, or no regular file */
	int64_t stderr_size;
} now;

static void watch(int fd, uint32_t events, uint64_t data)
{
	struct epoll_event event = {.events = events, .data.u64 = data};
	epoll_ctl(worker.poll, EPOLL_CTL_ADD, fd, &event);
}

static int pidfd_info(int pidfd, struct k_pidfd_info *info)
{
	*info = (struct k_pidfd_info){.mask = K_PIDFD_INFO_EXIT};
	return k_ioctl(pidfd, K_PIDFD_GET_INFO, info);
}

static bool is_over(int pidfd)
{
	struct pollfd poll_fd = {.fd = pidfd, .events = POLLIN};
	return poll(&poll_fd, 1, 0) > 0;
}

/* Its status after the parent has waited. */
static int reaped_status(int pidfd)
{
	struct k_pidfd_info info;
	bool told = pidfd >= 0 && pidfd_info(pidfd, &info) == 0 && (info.mask & K_PIDFD_INFO_EXIT);
	return told ? info.exit_code : STATUS_UNKNOWN;
}

static void end_process(struct process *process)
{
	int status = process->exiting ? process->status : reaped_status(process->pidfd);
	if (status == STATUS_UNKNOWN)
		status = proc_zombie_status(process->pid);
	if (status == STATUS_UNKNOWN) /* reaped between the two questions */
		status = reaped_status(process->pidfd);
	if (process->ended_ns != 0)
		worker.unreaped--;
	tree_end(process, status);
}

/* Young ones that ended and were not waited for: nothing has told of them yet. */
static void find_zombies(void)
{
	for (struct process *process = NULL; (process = table_next(process)) != NULL;)
		if (process->ended_ns == 0 && process->pidfd >= 0 && is_over(process->pidfd)) {
			process->ended_ns = monotonic_ns();
			worker.unreaped++;
		}
}

/* Those that ended a while ago and were not waited for. */
static void end_zombies(int64_t older_ns)
{
	int64_t before = monotonic_ns() - older_ns;
	for (struct process *process = NULL; worker.unreaped > 0 && (process = table_next(process)) != NULL;)
		if (process->ended_ns != 0 && process->ended_ns <= before) {
			end_process(process);
			process = NULL; /* removal moves the others */
		}
}

/* The pidfd tells at once whether the id is a process or a thread, and on Linux 6.13 and later its parent and user. */
static void identify(void)
{
	struct k_pidfd_info info;
	gid_t gid = 0;
	struct process *process = table_find(now.tid);
	if (process && is_over(process->pidfd)) { /* its pid has been given out again */
		end_process(process);
		process = NULL;
	}
	int pidfd = process ? process->pidfd : (now.pidfd = (int)syscall(SYS_pidfd_open, now.tid, 0));
	if (pidfd >= 0 && pidfd_info(pidfd, &info) == 0) {
		now.ppid = (pid_t)info.ppid;
		now.uid = info.euid;
		gid = info.egid;
	} else {
		struct proc_ids ids;
		proc_ids(now.tid, &ids);
		now.pid = ids.pid;
		now.ppid = ids.ppid;
		now.uid = ids.uid;
		gid = ids.gid;
		if (!process && now.pidfd < 0 && !table_find(now.pid))
			now.pidfd = (int)syscall(SYS_pidfd_open, now.pid, 0);
	}
	/* Now, while the caller stands still: the subshells above it may be gone a moment later. */
	const char *parent = process ? process->current->id : tree_parent(now.pid, now.ppid);
	snprintf(now.parent, sizeof now.parent, "%s", parent ? parent : worker.shared->root);
	if (view_read(&now.view, now.tid, now.uid, gid) != 0)
		now.view.cwd[0] = '\0';
}

static void open_stderr(void)
{
	char name[48];
	struct stat file;
	snprintf(name, sizeof name, "/proc/%d/fd/2", (int)now.pid);
	int fd = open(name, O_PATH | O_CLOEXEC);
	if (fd >= 0 && fstat(fd, &file) == 0 && S_ISREG(file.st_mode)) {
		now.stderr_file = fd;
		now.stderr_size = file.st_size;
	} else if (fd >= 0) {
		close(fd);
	}
}

/* By a copy of its descriptor: /proc would have to make up a folder and a link first. */
static bool on_terminal(void)
{
	const struct process *process = now.pidfd < 0 ? table_find(now.pid) : NULL;
	int pidfd = process ? process->pidfd : now.pidfd;
	struct stat input;
	if (pidfd < 0)
		return proc_on_terminal(now.pid);
	int fd = (int)syscall(SYS_pidfd_getfd, pidfd, STDIN_FILENO, 0);
	if (fd < 0)
		return errno != EBADF && proc_on_terminal(now.pid);
	bool terminal = fstat(fd, &input) == 0 && is_terminal(&input);
	close(fd);
	return terminal;
}

/* What the caller has before the exec; a short-lived program is gone when the record is made. */
static void read_surroundings(uint64_t envp, bool narrow)
{
	now.tty = on_terminal();
	if (journal_conf()->stderr_bytes)
		open_stderr();
	if (journal_conf()->env_diff && caller_strings(envp, narrow, &now.envp) == 0)
		now.environment = environment_of(&now.envp);
}

static void read_exec(const struct k_notif *notif, enum call_kind kind, bool narrow)
{
	bool at = kind == CALL_EXECVEAT;
	const uint64_t *args = notif->data.args + at; /* execveat has a descriptor in front */
	int dirfd = at ? (int)notif->data.args[0] : AT_FDCWD, flags = at ? (int)notif->data.args[4] : 0;
	clock_gettime(CLOCK_REALTIME, &now.at);
	now.at_ns = monotonic_ns();
	now.tid = (pid_t)notif->pid;
	now.error = 0;
	now.unreadable = now.target.own = now.tty = false;
	now.stderr_file = -1;
	now.stderr_size = -1;
	now.pid = now.tid;
	now.pidfd = -1;
	caller_begin(now.tid);
	caller_expect(args, 3);
	if (caller_string(args[0], now.asked, sizeof now.asked) < 0) {
		now.unreadable = errno == EPERM || errno == EACCES;
		now.error = now.unreadable ? 0 : errno;
	} else if (target_missing(&now.view, now.tid, now.asked)) {
		now.error = ENOENT;
	}
	if (now.error == 0)
		identify();
	if (now.error == 0 && !now.unreadable) {
		now.error = target_find(&now.view, dirfd, now.asked, flags, &now.target);
	}
	if (now.error == 0 && !now.unreadable && caller_strings(args[1], narrow, &now.argv) != 0)
		now.error = errno;
	if (now.error == 0 && !now.unreadable)
		now.error = caller_env_fits(args[2], narrow, &now.argv);
	if (now.error == 0 && !now.target.own)
		read_surroundings(args[2], narrow);
}

/* Against the exec that this one replaces, or the one that started it; for the first of all against the tracer's. */
static size_t changed_names(const struct process *known, const char *names[NAMES_MAX])
{
	if (!now.environment)
		return 0;
	const struct process *before = known ? known : tree_above(now.pid, now.ppid);
	return environment_diff(before ? before->environment : worker.own_environment, now.environment, names, NAMES_MAX);
}

static void keep_surroundings(struct process *process)
{
	if (!process)
		return;
	if (process->stderr_file >= 0)
		close(process->stderr_file);
	process->stderr_file = now.stderr_file;
	now.stderr_file = -1;
	if (now.environment) {
		environment_free(process->environment);
		process->environment = now.environment;
		now.environment = NULL;
	}
}

static struct start describe_exec(void)
{
	struct start start = {.pid = now.pid, .ppid = now.ppid, .uid = now.uid, .cwd = now.view.cwd};
	start.stderr_size = now.stderr_size;
	start.tty = now.tty;
	start.at = now.at;
	start.at_ns = now.at_ns;
	start.target = &now.target;
	start.argv = &now.argv;
	start.parent = now.parent[0] ? now.parent : NULL;
	return start;
}

static void record_exec(void)
{
	const char *names[NAMES_MAX];
	struct process *known = table_find(now.pid);
	struct start start = describe_exec();
	start.env_diff = now.environment ? names : NULL;
	start.env_diff_count = changed_names(known, names);
	struct record *record = journal_record(&start);
	if (!record)
		return;
	if (!worker.shared->root[0])
		memcpy(worker.shared->root, record->id, sizeof worker.shared->root);
	if (known && known->ended_ns != 0)
		worker.unreaped--; /* only a thread that led the group had ended */
	struct process *process = tree_exec(record, now.pidfd);
	keep_surroundings(process);
	if (process && !known && now.pidfd >= 0) {
		watch(now.pidfd, EPOLLET | (worker.with_exit ? EPOLLIN : 0u), (uint64_t)now.pid);
		now.pidfd = -1;
	}
}

/* Those whose memory may not be read, as they are not dumpable: an exec makes them so again, and then /proc shows what
 * they run. */
static void read_later(void)
{
	if (worker.later_count == LATER_MAX) {
		count_unwritten();
		return;
	}
	worker.later[worker.later_count++] =
		(struct later){now.pid, now.ppid, now.uid, now.pidfd, now.at, now.at_ns};
	now.pidfd = -1;
}

static void record_later(const struct later *later)
{
	struct process *known = table_find(later->pid);
	const char *parent = known ? known->current->id : tree_parent(later->pid, later->ppid);
	now.target.interpreter[0] = '\0';
	now.target.dev = now.target.ino = 0;
	now.pid = later->pid;
	now.ppid = later->ppid;
	now.uid = later->uid;
	now.pidfd = later->pidfd;
	now.at = later->at;
	now.at_ns = later->at_ns;
	snprintf(now.parent, sizeof now.parent, "%s", parent ? parent : worker.shared->root);
	if (view_read(&now.view, now.pid, now.uid, 0) != 0)
		now.view.cwd[0] = '\0';
	now.tty = proc_on_terminal(now.pid);
	now.stderr_size = now.stderr_file = -1;
	record_exec();
	if (now.pidfd >= 0)
		close(now.pidfd);
}

/* The kernel shows the new program a moment before its arguments. */
static bool readable_now(const struct later *later)
{
	char name[48];
	snprintf(name, sizeof name, "/proc/%d/exe", (int)later->pid);
	ssize_t length = readlink(name, now.target.path, sizeof now.target.path - 1);
	now.target.path[length > 0 ? length : 0] = '\0';
	if (!proc_argv(later->pid, &now.argv))
		now.argv.bytes = now.argv.count = 0;
	return length > 0 && now.argv.bytes > 0;
}

/* Those that can be read now, those that had time enough, and in any case those of `ended`. */
static void try_later(pid_t ended)
{
	for (size_t i = 0; i < worker.later_count;) {
		struct later *later = &worker.later[i];
		bool over = later->pid == ended || (later->pidfd >= 0 && is_over(later->pidfd));
		if (!readable_now(later) && !over && monotonic_ns() - later->at_ns < LATER_NS) {
			i++;
			continue;
		}
		struct later taken = *later;
		*later = worker.later[--worker.later_count];
		record_later(&taken);
	}
}

/* Whether the program that the last exec of this process should have brought is not there: then it was refused. */
static bool was_refused(const struct process *process)
{
	char name[48];
	struct stat stat_exe;
	const struct record *ran = process->current;
	snprintf(name, sizeof name, "/proc/%d/exe", (int)process->pid);
	if (!process->replaced || ran->ino == 0 || stat(name, &stat_exe) != 0)
		return false;
	return stat_exe.st_ino != ran->ino && stat_exe.st_ino == process->replaced->ino;
}

/* The caller goes on at once on this very processor, which saves a switch; but what has to look at the caller right
 * after the exec must not stand back. */
static void set_sync_wake_up(bool wanted)
{
	static bool is_set;
	uintptr_t flags = wanted ? K_NOTIF_FD_SYNC_WAKE_UP : 0;
	if (wanted != is_set && k_ioctl(worker.listener, K_NOTIF_SET_FLAGS, (void *)flags) == 0)
		is_set = wanted;
}

static bool answer(uint64_t id)
{
	struct k_notif_resp response = {.id = id, .flags = K_NOTIF_FLAG_CONTINUE};
	bool accepted = k_ioctl(worker.listener, K_NOTIF_SEND, &response) == 0;
	worker.shared->notif.id = 0;
	return accepted;
}

/* By the exec gate. The caller sees a program that may not be executed. */
static bool refuse(uint64_t id)
{
	struct k_notif_resp response = {.id = id, .error = -EACCES};
	struct start start = describe_exec();
	if (now.error != 0 || now.unreadable || now.target.own || !gate_refuses(&start))
		return false;
	k_ioctl(worker.listener, K_NOTIF_SEND, &response);
	worker.shared->notif.id = 0;
	return true;
}

static void on_exec_call(const struct k_notif *notif, enum call_kind kind, bool narrow)
{
	read_exec(notif, kind, narrow);
	struct process *process = now.error == 0 ? table_find(now.pid) : NULL;
	if (process && was_refused(process))
		tree_withdraw(process);
	/* The record is made while the kernel runs the exec already; one that was not accepted is reported again. */
	set_sync_wake_up(!now.unreadable);
	if (!refuse(notif->id) && answer(notif->id) && now.error == 0 && !now.target.own) {
		if (now.unreadable)
			read_later();
		else
			record_exec();
	}
	set_sync_wake_up(true);
	if (now.pidfd >= 0)
		close(now.pidfd);
	if (now.stderr_file >= 0)
		close(now.stderr_file);
	now.stderr_file = -1;
	environment_free(now.environment);
	now.environment = NULL;
	strings_shrink(&now.argv);
	strings_shrink(&now.envp);
}

static void on_exit_call(const struct k_notif *notif)
{
	struct proc_ids ids;
	int status = (int)(notif->data.args[0] & 0xff) << 8;
	struct process *process = table_find((pid_t)notif->pid);
	if (!process && proc_ids((pid_t)notif->pid, &ids)) /* called by a thread, for all */
		process = table_find(ids.pid);
	bool accepted = answer(notif->id);
	if (!process)
		return;
	process->exiting = accepted;
	process->status = status;
}

static void on_report(void)
{
	struct k_notif *notif = &worker.shared->notif;
	bool narrow = false;
	memset(notif, 0, sizeof *notif); /* the kernel refuses anything else */
	if (k_ioctl(worker.listener, K_NOTIF_RECV, notif) != 0)
		return; /* ENOENT: the caller was killed meanwhile */
	enum call_kind kind = filter_call(notif->data.arch, notif->data.nr, &narrow);
	struct k_notif copy = *notif;
	if (kind == CALL_EXECVE || kind == CALL_EXECVEAT)
		on_exec_call(&copy, kind, narrow);
	else if (kind == CALL_EXIT)
		on_exit_call(&copy);
	else
		answer(copy.id);
}

/* EPOLLHUP: it was waited for, and its status can be read. Most programs are short and waited for at once, so at
 * first that alone is watched: one wake-up less for each. */
static void watch_end(struct process *process)
{
	struct epoll_event event = {.events = EPOLLIN | EPOLLET, .data.u64 = (uint64_t)process->pid};
	if (process->pidfd >= 0 && !worker.with_exit)
		epoll_ctl(worker.poll, EPOLL_CTL_MOD, process->pidfd, &event);
}

/* EPOLLIN: it has ended; EPOLLHUP: see above. */
static void on_process(pid_t pid, uint32_t events)
{
	if (worker.later_count > 0)
		try_later(pid);
	struct process *process = table_find(pid);
	if (!process)
		return;
	if (process->ended_ns == 0) {
		process->ended_ns = monotonic_ns();
		worker.unreaped++;
	}
	if ((events & EPOLLHUP) || worker.with_exit || reaped_status(process->pidfd) != STATUS_UNKNOWN)
		end_process(process);
}

static bool is_done(void)
{
	return worker.unused && table_count() == 0 && worker.later_count == 0;
}

/* The launcher waits for a worker that is done, so that no zombie is left where nobody else would reap it. */
static _Noreturn void finish(void)
{
	worker.shared->done = true;
	keeper_stop(worker.keeper);
	_exit(0);
}

static void on_control(void)
{
	worker.settling = control_asked(worker.control);
	if (worker.settling)
		return;
	epoll_ctl(worker.poll, EPOLL_CTL_DEL, worker.control, NULL);
	close(worker.control);
	worker.control = -1;
}

static void serve(void);

/* In a new keeper: what the worker knows of its processes is out of date when the keeper's turn comes. */
static void forget(void)
{
	tree_forget_all();
	worker.unreaped = 0;
	if (worker.poll >= 0)
		close(worker.poll);
	if (worker.keeper >= 0)
		close(worker.keeper);
	worker.poll = worker.keeper = -1;
}

static void start_keeper(void)
{
	worker.keeper = keeper_start(worker.listener, worker.shared, forget, serve);
	if (worker.keeper >= 0)
		watch(worker.keeper, EPOLLIN, ON_KEEPER);
}

static void on_event(const struct epoll_event *event)
{
	switch (event->data.u64) {
	case ON_LISTENER:
		if (event->events & EPOLLIN)
			on_report();
		else {
			worker.unused = true;
			epoll_ctl(worker.poll, EPOLL_CTL_DEL, worker.listener, NULL);
		}
		break;
	case ON_CONTROL:
		on_control();
		break;
	case ON_KEEPER:
		keeper_stop(worker.keeper);
		worker.keeper = -1; /* the number is free for another file now */
		start_keeper();
		break;
	default:
		on_process((pid_t)event->data.u64, event->events);
	}
}

/* A short-lived program can be read for a moment only, so at first no moment is missed; but on a busy machine the exec
 * itself may take long to come. */
static int patience_for_later(void)
{
	int64_t now_ns = monotonic_ns();
	for (size_t i = 0; i < worker.later_count; i++)
		if (now_ns - worker.later[i].at_ns < LATER_QUICK_NS)
			return 0;
	return 1;
}

static int patience(void)
{
	int announce = tree_announce(watch_end);
	if (worker.later_count > 0)
		return patience_for_later();
	if (worker.settling)
		return 0;
	if (worker.unreaped > 0 && (announce < 0 || announce > ZOMBIE_NS / 1000000))
		return ZOMBIE_NS / 1000000;
	return announce;
}

/* Callers wait, so they come first. The launcher's question is answered when nothing else is left to do: the answer
 * means that all that ended before is written. */
static void serve_round(void)
{
	struct epoll_event events[64];
	int count = epoll_wait(worker.poll, events, 64, patience());
	if (worker.settling && count <= 0)
		find_zombies();
	if (worker.unreaped > 0 && count <= 0)
		end_zombies(worker.settling ? 0 : ZOMBIE_NS);
	for (int i = 0; i < count; i++)
		if (events[i].data.u64 == ON_LISTENER)
			on_event(&events[i]);
	for (int i = 0; i < count; i++)
		if (events[i].data.u64 != ON_LISTENER)
			on_event(&events[i]);
	if (worker.later_count > 0) {
		sched_yield();
		try_later(0);
	}
	if (worker.settling && count <= 0 && worker.later_count == 0) {
		worker.settling = false;
		control_answer(worker.control, is_done());
	}
}

static void adopt(struct record *record)
{
	bool known = table_find(record->pid) != NULL;
	int pidfd = known ? -1 : (int)syscall(SYS_pidfd_open, record->pid, 0);
	struct process *process = tree_adopt(record, pidfd);
	if (process && !known && pidfd >= 0)
		watch(pidfd, EPOLLIN | EPOLLET, (uint64_t)record->pid);
}

/* What the worker before knew. Of those that ended meanwhile nobody can tell how. */
static void recover(void)
{
	size_t lost;
	slots_recover(adopt, &lost);
	while (lost-- > 0)
		count_unwritten();
	for (struct process *process = NULL; (process = table_next(process)) != NULL;)
		if (process->pidfd < 0) {
			end_process(process);
			process = NULL;
		}
}

static void serve(void)
{
	worker.poll = epoll_create1(EPOLL_CLOEXEC);
	watch(worker.listener, EPOLLIN, ON_LISTENER);
	if (worker.control >= 0)
		watch(worker.control, EPOLLIN | EPOLLRDHUP, ON_CONTROL);
	start_keeper();
	set_sync_wake_up(true);
	if (worker.shared->taken_over)
		recover();
	while (!is_done() || worker.settling)
		serve_round();
	finish();
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
	worker.listener = listener;
	worker.control = control;
	worker.with_exit = with_exit;
	worker.poll = worker.keeper = -1;
	worker.own_environment = own_environment();
	worker.shared = keeper_memory();
	if (worker.shared && slots_open())
		serve();
	_exit(111);
}
#else
typedef int not_on_this_system;
#endif
