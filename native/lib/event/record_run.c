#include "lib/event/record_run.h"

#include "lib/event/env_diff.h"
#include "lib/event/identity.h"
#include "lib/base/memory.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

extern char **environ;

const char *inherited_id(const char *variable)
{
	const char *value = getenv(variable);
	if (!value || !*value)
		return NULL;
	size_t length = strspn(value, "0123456789abcdefABCDEF-");
	return length < UUID_TEXT && !value[length] ? value : NULL;
}

static struct bytes *as_bytes(char *const *argv, size_t *count)
{
	*count = 0;
	while (argv[*count])
		++*count;
	struct bytes *list = take_memory((*count + 1) * sizeof *list);
	for (size_t i = 0; list && i < *count; i++)
		list[i] = bytes_of(argv[i]);
	return list;
}

static bool in_foreground(int fd)
{
	pid_t group = tcgetpgrp(fd);
	return group > 0 && group == getpgrp();
}

void write_session(struct run *run)
{
	describe_surroundings(run);
	struct event session = run->event;
	struct event fresh;
	event_init(&fresh, "session", run->event.source);
	memcpy(session.id, fresh.id, sizeof session.id);
	session.kind = fresh.kind;
	session.pid = getpid();
	if (run->conf->capture != CAPTURE_COMMANDS)
		session.command = NULL, session.argv = NULL;
	write_event(&session, run->conf);
}

/* Only a regular file tells how much went to it; others write to it too, so this is its growth and not more. */
static int64_t stderr_size(void)
{
	struct stat st;
	return fstat(STDERR_FILENO, &st) == 0 && S_ISREG(st.st_mode) ? (int64_t)st.st_size : -1;
}

void describe_run(struct run *run, const char *source, const char *command, char *const *typed, const char *cwd)
{
	struct event *event = &run->event;
	event_init(event, "exec", source);
	event->session_id = inherited_id("CARO_SESSION_ID");
	event->parent_id = inherited_id("CARO_PARENT_ID");
	event->command = command;
	event->argv = as_bytes(typed, &event->argc);
	event->cwd = cwd;
	event->ppid = getppid();
	event->tty = isatty(STDIN_FILENO);
	run->in_front = in_foreground(STDERR_FILENO) || in_foreground(STDIN_FILENO);
	run->stderr_before = stderr_size();
}

void describe_surroundings(struct run *run)
{
	struct event *event = &run->event;
	if (!run->conf->loaded)
		read_runtime_conf(run->conf);
	event->user = effective_user(run->conf);
	event->host = machine_name(run->conf);
	event->agent = agent_above(run->conf);
	/* A person sits at the terminal that it runs in front of; an agent's terminal has no person. */
	event->mode = run->in_front && !event->agent ? "interactive" : "noninteractive";
	if (run->conf->env_diff)
		event->env_diff = env_diff((pid_t)event->ppid, environ);
}

char **script_argv(const char *file, char *const *argv)
{
	size_t count = 0;
	while (argv[count])
		count++;
	char **script = take_memory((count + 2) * sizeof *script);
	if (!script)
		return NULL;
	script[0] = "/bin/sh";
	script[1] = (char *)(uintptr_t)file;
	if (count)
		memcpy(script + 2, argv + 1, count * sizeof *script);
	return script;
}

/* Our own variables may be what is too much. */
static int spawn_with_less(struct spawn *spawn)
{
	int error = spawn_child(spawn);
	if (error != E2BIG || spawn->envp == environ)
		return error;
	spawn->envp = environ;
	spawn->pid_suffix = NULL;
	return spawn_child(spawn);
}

int start_run(struct run *run, const char *file)
{
	run->event.path = run->spawn.file = file;
	run->event.interpreter = NULL;
	int error = spawn_with_less(&run->spawn);
	char **script = error == ENOEXEC ? script_argv(file, run->spawn.argv) : NULL;
	if (!script)
		return error;
	run->spawn.file = run->event.interpreter = script[0];
	run->spawn.argv = script;
	return spawn_with_less(&run->spawn);
}

static void write_draft_of_line(void *context)
{
	static char memory[EVENT_LINE_MAX];
	struct run *run = context;
	describe_surroundings(run);
	run->draft.line = buffer_in(memory, sizeof memory);
	if (run->conf->capture != CAPTURE_NONE)
		draft_event(&run->draft, &run->event, run->conf);
}

static void write_start(void *context)
{
	struct run *run = context;
	run->event.kind = "exec_start";
	write_event(&run->event, run->conf);
	run->event.kind = "exec";
}

struct outcome finish_run(struct run *run)
{
	const struct watch watch = {write_draft_of_line, write_start, run};
	run->event.pid = run->spawn.pid;
	struct outcome outcome = wait_child(&run->spawn, &watch);
	run->event.exit_code = outcome.exit_code;
	run->event.signal = outcome.signal ? outcome.signal : -1;
	run->event.duration_us = outcome.duration_us;
	if (run->conf->stderr_bytes && run->stderr_before >= 0)
		run->event.stderr_bytes = stderr_size() - run->stderr_before;
	write_draft(&run->draft, &run->event, run->conf);
	return outcome;
}

void record_replaced(struct run *run, const char *file)
{
	run->event.pid = getpid();
	run->event.path = file;
	describe_surroundings(run);
	write_event(&run->event, run->conf);
}
