#include "record_run.h"

#include "identity.h"
#include "pages.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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
	struct bytes *list = take_pages((*count + 1) * sizeof *list);
	for (size_t i = 0; list && i < *count; i++)
		list[i] = bytes_of(argv[i]);
	return list;
}

static bool in_foreground(int fd)
{
	pid_t group = tcgetpgrp(fd);
	return group > 0 && group == getpgrp();
}

/* Interactive: a person sits at the terminal that it runs in front of; an agent's terminal has no person. */
static const char *mode_of(const char *agent)
{
	bool person = !agent && (in_foreground(STDERR_FILENO) || in_foreground(STDIN_FILENO));
	return person ? "interactive" : "noninteractive";
}

void describe_run(struct run *run, const char *source, const char *command, char *const *argv_typed, const char *cwd)
{
	struct event *event = &run->event;
	event_init(event, "exec", source);
	event->session_id = inherited_id("CARO_SESSION_ID");
	event->parent_id = inherited_id("CARO_PARENT_ID");
	event->command = command;
	event->argv = run->args = as_bytes(argv_typed, &event->argc);
	event->cwd = cwd;
	event->ppid = getppid();
	event->agent = agent_above();
	event->mode = mode_of(event->agent);
	event->tty = isatty(STDIN_FILENO);
}

/* Only a regular file tells how much went to it; others write to it too, so this is its growth and not more. */
static int64_t stderr_size(const struct run *run)
{
	struct stat st;
	if (!run->conf->stderr_bytes || fstat(STDERR_FILENO, &st) != 0 || !S_ISREG(st.st_mode))
		return -1;
	return st.st_size;
}

static void add_names_of_people(struct run *run)
{
	run->event.user = effective_user(run->conf);
	run->event.host = machine_name(run->conf);
}

static void write_start(void *context)
{
	struct run *run = context;
	add_names_of_people(run);
	run->event.kind = "exec_start";
	write_event(&run->event, run->conf);
	run->event.kind = "exec";
}

struct outcome record_run(struct run *run)
{
	int64_t size = stderr_size(run);
	run->event.pid = run->spawn.pid;
	run->event.path = run->spawn.file;
	struct outcome outcome = wait_child(&run->spawn, write_start, run);
	run->event.exit_code = outcome.exit_code;
	run->event.signal = outcome.signal ? outcome.signal : -1;
	run->event.duration_us = outcome.duration_us;
	if (size >= 0)
		run->event.stderr_bytes = stderr_size(run) - size;
	add_names_of_people(run);
	write_event(&run->event, run->conf);
	return outcome;
}

void record_replaced(struct run *run)
{
	run->event.pid = getpid();
	run->event.path = run->spawn.file;
	add_names_of_people(run);
	write_event(&run->event, run->conf);
}
