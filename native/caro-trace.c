/* caro-trace [--way auto|notify|notify-exit|ptrace] [--session-event] [--summary CMD ARG... ;] -- FILE ARGV0 ARG...
 * caro-trace --probe
 *
 * Runs FILE and records every exec of the whole tree of processes below it, with its end. The command is an ordinary
 * child of this process, which only waits; a process beside it observes (see trace/notify.h). */
#include "lib/redact/redact.h"
#include "lib/redact/redact_lists.h"
#include "lib/base/message.h"

#ifdef __linux__
#include "lib/gate/panic_switch.h"
#include "lib/event/record_run.h"
#include "lib/process/spawn_wait.h"
#include "lib/base/xdg.h"
#include "trace/control.h"
#include "trace/filter.h"
#include "trace/way.h"
#include "trace/worker.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { STATUS_USAGE = 100, STATUS_FAILED = 111 };

struct options {
	enum way way; /* WAY_NONE: the best that works */
	bool session_event;
	char **summary; /* NULL, or words up to a NULL */
	const char *file;
	char **argv;
};

static _Noreturn void usage(void)
{
	SAY("usage: caro-trace [--way auto|notify|notify-exit|ptrace] [--session-event] [--summary CMD... ;]"
	    " -- FILE ARGV0 ARG...");
	exit(STATUS_USAGE);
}

static char **take_summary(struct options *options, char **at)
{
	options->summary = at;
	while (*at && strcmp(*at, ";") != 0)
		at++;
	if (!*at || at == options->summary)
		usage();
	*at = NULL;
	return at + 1;
}

static void take_way(struct options *options, const char *name)
{
	options->way = name ? way_named(name) : WAY_NONE;
	if (!name || (options->way == WAY_NONE && strcmp(name, "auto") != 0))
		usage();
}

static int probe(void)
{
	for (enum way way = WAY_NOTIFY; way < WAY_NONE; way++) {
		const char *refusal = way_refusal(way);
		printf("%s\t%s\n", way_name(way), refusal ? refusal : "works");
	}
	printf("no_new_privs\t%s\n", way_needs_no_new_privs() ? "needed" : "not needed");
	return 0;
}

static void parse(struct options *options, char **at)
{
	*options = (struct options){.way = WAY_NONE};
	while (*at && strcmp(*at, "--") != 0) {
		if (!strcmp(*at, "--probe"))
			exit(probe());
		else if (!strcmp(*at, "--session-event"))
			options->session_event = true, at++;
		else if (!strcmp(*at, "--summary"))
			at = take_summary(options, at + 1);
		else if (!strcmp(*at, "--way"))
			take_way(options, at[1]), at += 2;
		else
			usage();
	}
	if (!*at || !at[1] || !at[2])
		usage();
	options->file = at[1];
	options->argv = at + 2;
}

static _Noreturn void run_in_place(const struct options *options)
{
	execv(options->file, options->argv);
	int error = errno;
	char **script = error == ENOEXEC ? script_argv(options->file, options->argv) : NULL;
	if (script)
		execv(script[0], script);
	SAY(options->argv[0], ": ", exec_error(error));
	exit(error == ENOENT ? 127 : 126);
}

static enum way choose_way(enum way wanted)
{
	const char *refusal = NULL;
	for (enum way way = wanted == WAY_NONE ? WAY_NOTIFY : wanted; way < WAY_NONE; way++) {
		refusal = way_refusal(way);
		if (!refusal)
			return way;
		if (wanted != WAY_NONE)
			break;
	}
	SAY("deep mode can't work here: ", refusal, "; use caro run --mode shims");
	exit(STATUS_FAILED);
}

struct handover {
	int control;
	enum way way;
	pid_t worker;
	bool failed;
};

/* In the child, right before exec. */
static bool hand_over(void *context)
{
	struct handover *handover = context;
	int listener = -1;
	if (handover->way == WAY_PTRACE) {
		handover->failed = !control_ask_to_be_traced(handover->control, handover->worker);
	} else {
		listener = filter_install(handover->way == WAY_NOTIFY_EXIT, way_needs_no_new_privs());
		handover->failed = listener < 0 || control_send_listener(handover->control, listener) != 0;
	}
	if (listener >= 0)
		close(listener);
	return !handover->failed;
}

static int report_failure(const struct options *options, const struct handover *handover, int error)
{
	if (handover->failed) {
		SAY("deep mode can't work here: ", strerror(error), "; use caro run --mode shims");
		return STATUS_FAILED;
	}
	SAY(options->argv[0], ": ", exec_error(error));
	return error == ENOENT ? 127 : 126;
}

static void reap(pid_t pid)
{
	while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		continue;
}

static void run_summary(char **words, const struct spawn *spawn)
{
	pid_t pid = fork();
	if (pid == 0) {
		restore_signals(spawn);
		execv(words[0], words);
		_exit(127);
	}
	reap(pid);
}

static void write_session_event(const struct options *options)
{
	static struct runtime_conf conf;
	static char cwd[PATH_SPACE];
	const char *slash = strrchr(options->argv[0], '/');
	struct run run = {.conf = &conf};
	read_runtime_conf(&conf);
	describe_run(&run, "deep", slash ? slash + 1 : options->argv[0], options->argv, getcwd(cwd, sizeof cwd));
	write_session(&run);
}

/* A worker, and the command beside it. Returns 0, or the errno. */
static int start(struct spawn *spawn, struct handover *handover)
{
	int control[2];
	if (control_pair(control) != 0 || (handover->worker = worker_start(control, handover->way)) < 0) {
		handover->failed = true;
		return errno;
	}
	close(control[1]);
	handover->control = control[0];
	int error = spawn_child(spawn);
	if (error) {
		shutdown(control[0], SHUT_RDWR);
		close(control[0]);
		reap(handover->worker);
	}
	return error;
}

static int trace(const struct options *options)
{
	extern char **environ;
	static const struct watch nothing;
	struct handover handover = {.way = choose_way(options->way)};
	struct spawn spawn = {.file = options->file, .argv = options->argv, .before_exec = hand_over};
	if (setenv("CARO_DEEP", "1", 1) != 0)
		return STATUS_FAILED;
	spawn.envp = environ;
	spawn.context = &handover;
	if (options->session_event)
		write_session_event(options);
	int error = start(&spawn, &handover);
	if (error == ENOEXEC && (spawn.argv = script_argv(options->file, options->argv))) {
		spawn.file = spawn.argv[0]; /* as execvp does with a file that has no format of its own */
		error = start(&spawn, &handover);
	}
	if (error)
		return report_failure(options, &handover, error);
	struct outcome outcome = wait_child(&spawn, &nothing);
	if (control_settle(handover.control))
		reap(handover.worker);
	if (options->summary)
		run_summary(options->summary, &spawn);
	end_like(outcome);
}

int main(int argc, char **argv)
{
	redact_fully();
	index_lists();
	struct options options;
	parse(&options, argc > 0 ? argv + 1 : argv);
	if (switched_off() || getenv("CARO_DEEP")) /* a tracer above sees it all */
		run_in_place(&options);
	return trace(&options);
}
#else
int main(void)
{
	SAY("deep mode needs Linux; use caro run --mode shims");
	return 111;
}
#endif
