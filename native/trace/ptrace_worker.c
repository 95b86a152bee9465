#ifdef __linux__
#include "trace/ptrace_worker.h"

#include "trace/caller.h"
#include "trace/control.h"
#include "trace/gate.h"
#include "trace/journal.h"
#include "trace/proc.h"
#include "trace/service.h"
#include "trace/tree.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#define OPTIONS (PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC)

static struct strings argv;
/* The event of the command itself: whatever else is in the tree comes from it. */
static char root[UUID_TEXT];

/* The path that was given to exec: the kernel leaves it on the new stack (AT_EXECFN of getauxval(3)). */
static bool asked_path(pid_t pid, char *out, size_t room)
{
	Elf64_auxv_t wide[64];
	Elf32_auxv_t *narrow = (Elf32_auxv_t *)(void *)wide;
	uint64_t address = 0;
	ssize_t length = proc_read(pid, "auxv", (char *)wide, sizeof wide);
	for (size_t i = 0; length > 0 && (i + 1) * sizeof *wide <= (size_t)length; i++)
		if (wide[i].a_type == AT_EXECFN)
			address = wide[i].a_un.a_val;
	for (size_t i = 0; address == 0 && length > 0 && (i + 1) * sizeof *narrow <= (size_t)length; i++)
		if (narrow[i].a_type == AT_EXECFN)
			address = narrow[i].a_un.a_val;
	caller_begin(pid);
	return address != 0 && caller_string(address, out, room) >= 0;
}

/* For a script the kernel has put the interpreter, its one argument and the script's path in the place of argv[0],
 * which nothing tells any more: the path is the closest to it. */
static void undo_script(const char *asked)
{
	char *end = argv.data + argv.bytes, *at = argv.data;
	for (int i = 0; i < 3 && at < end; i++) {
		if (i > 0 && strcmp(at, asked) == 0) {
			argv.bytes = (size_t)(end - at);
			argv.count -= (size_t)i;
			memmove(argv.data, at, argv.bytes);
			return;
		}
		at += strlen(at) + 1;
	}
}

static void on_exec(pid_t pid)
{
	static struct view view;
	static struct target target;
	static char asked[PATH_MAX];
	struct proc_ids ids;
	struct start start = {.pid = pid, .argv = &argv, .target = &target, .cwd = view.cwd, .stderr_size = -1};
	clock_gettime(CLOCK_REALTIME, &start.at);
	start.at_ns = monotonic_ns();
	if (!proc_ids(pid, &ids) || !proc_argv(pid, &argv))
		return;
	if (!asked_path(pid, asked, sizeof asked))
		strcpy(asked, "/proc/self/exe");
	target_missing(&view, pid, asked);
	if (view_read(&view, pid, ids.uid, ids.gid) != 0)
		view.cwd[0] = '\0';
	target_find(&view, AT_FDCWD, asked, 0, &target);
	if (target.own)
		return;
	if (target.interpreter[0])
		undo_script(asked);
	struct process *known = table_find(pid);
	start.ppid = ids.ppid;
	start.uid = ids.uid;
	read_joined(pid, -1, start.joined, &start.tty);
	const struct process *before = known ? known : tree_above(pid, ids.ppid);
	start.parent = tree_parent(before);
	start.service = runs_service(before);
	if (!start.parent && root[0])
		start.parent = root;
	/* The exec has taken place: refusing it is ending it before its first instruction. */
	if (gate_refuses(&start)) {
		kill(pid, SIGKILL);
		return;
	}
	struct record *record = journal_record(&start);
	if (record && !root[0])
		memcpy(root, record->id, sizeof root);
	if (record)
		tree_exec(record, -1);
	strings_shrink(&argv);
}

/* Stops of a seized process, ptrace(2):
 *
 *   an event (fork, exec, ...)         go on
 *   PTRACE_EVENT_STOP with a stop signal: a group-stop; it must stay stopped, yet see SIGCONT: listen
 *   PTRACE_EVENT_STOP otherwise: a new child, or the end of a group-stop: go on
 *   a signal on its way                go on and deliver it */
static void on_stop(pid_t pid, int status)
{
	int signal = WSTOPSIG(status), event = status >> 16;
	bool stop_signal = signal == SIGSTOP || signal == SIGTSTP || signal == SIGTTIN || signal == SIGTTOU;
	if (event == PTRACE_EVENT_STOP && stop_signal) {
		ptrace(PTRACE_LISTEN, pid, NULL, NULL);
		return;
	}
	if (event == PTRACE_EVENT_EXEC)
		on_exec(pid);
	ptrace(PTRACE_CONT, pid, NULL, (void *)(intptr_t)(event ? 0 : signal));
}

/* False: no process is left. */
static bool take_reports(void)
{
	int status;
	pid_t pid;
	while ((pid = waitpid(-1, &status, __WALL | WNOHANG)) > 0) {
		struct process *process = table_find(pid);
		if (WIFSTOPPED(status))
			on_stop(pid, status);
		else if (process)
			tree_end(process, status);
	}
	return pid == 0 || errno != ECHILD;
}

static void only_wake(int number)
{
	(void)number;
}

static void wait_for_reports(int *control, const sigset_t *open)
{
	struct pollfd poll_fd = {.fd = *control, .events = POLLIN};
	int announce = tree_announce(NULL, NULL);
	struct timespec timeout = {announce / 1000, announce % 1000 * 1000000L};
	if (ppoll(&poll_fd, 1, announce < 0 ? NULL : &timeout, open) <= 0)
		return;
	if (control_asked(*control)) { /* what the launcher has seen to end, was seen here before */
		control_answer(*control, !take_reports());
	} else {
		close(*control);
		*control = -1;
	}
}

_Noreturn void ptrace_serve(int control)
{
	struct sigaction action = {.sa_handler = only_wake};
	sigset_t child, open;
	sigemptyset(&open);
	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigprocmask(SIG_BLOCK, &child, NULL);
	sigaction(SIGCHLD, &action, NULL);
	pid_t pid = control_traced_pid(control);
	if (pid < 0)
		_exit(0);
	bool seized = ptrace(PTRACE_SEIZE, pid, NULL, (void *)OPTIONS) == 0;
	control_traced(control, seized ? 0 : errno);
	while (seized && take_reports())
		wait_for_reports(&control, &open);
	if (control >= 0 && seized)
		control_answer(control, true);
	_exit(0);
}
#else
typedef int not_on_this_system;
#endif
