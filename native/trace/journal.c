#ifdef __linux__
#include "trace/journal.h"

#include "trace/service.h"
#include "trace/slots.h"

#include "lib/event/event.h"
#include "lib/event/identity.h"
#include "lib/event/log.h"
#include "lib/event/record_run.h"
#include "lib/base/user_name.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static struct runtime_conf conf;
static char log_space[PATH_SPACE];
static const char *log_name;
static char line_memory[EVENT_LINE_MAX];
/* Looked up once: each costs a file or a system call. */
static const char *host, *agent, *mode, *session, *line;

int64_t monotonic_ns(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* The worker leaves the folder that it was started in, so a relative name is made whole first. */
static void settle_log_name(void)
{
	static char whole[2 * PATH_SPACE];
	log_name = log_path(&conf, log_space);
	if (!log_name || log_name[0] == '/' || !getcwd(whole, PATH_SPACE))
		return;
	size_t length = strlen(whole);
	if (length + strlen(log_name) + 2 > sizeof whole)
		return;
	whole[length] = '/';
	strcpy(whole + length + 1, log_name);
	log_name = whole;
}

static bool in_foreground(int fd)
{
	pid_t group = tcgetpgrp(fd);
	return group > 0 && group == getpgrp();
}

void journal_open(void)
{
	read_runtime_conf(&conf);
	settle_log_name();
	host = machine_name(&conf);
	agent = agent_above(&conf);
	if (agent)
		use_agent_mode(&conf);
	session = inherited_id("CARO_SESSION_ID");
	line = inherited_id("CARO_LINE_ID");
	bool person = !agent && (in_foreground(STDERR_FILENO) || in_foreground(STDIN_FILENO));
	mode = person ? "interactive" : "noninteractive";
}

const struct runtime_conf *journal_conf(void)
{
	return &conf;
}

const char *journal_root(void)
{
	return inherited_id("CARO_PARENT_ID");
}

static const char *name_of_user(uid_t uid)
{
	static char names[16][64];
	static uid_t uids[16];
	static bool known[16];
	unsigned slot = uid % 16;
	if (!known[slot] || uids[slot] != uid) {
		const char *name = uid == geteuid() ? effective_user(&conf) : user_name(uid);
		names[slot][0] = '\0';
		strncat(names[slot], name ? name : "", sizeof names[slot] - 1);
		uids[slot] = uid;
		known[slot] = true;
	}
	return names[slot][0] ? names[slot] : NULL;
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash && slash[1] ? slash + 1 : path;
}

static struct bytes *split_argv(const struct strings *argv)
{
	struct bytes *args = malloc((argv->count + 1) * sizeof *args);
	const char *at = argv->data;
	for (size_t i = 0; args && i < argv->count; i++) {
		args[i] = bytes_of(at);
		at += args[i].length + 1;
	}
	return args;
}

static void describe(struct event *event, const struct start *start)
{
	event->session_id = session;
	event->parent_id = start->parent;
	event->line_id = line;
	event->path = start->target->path[0] ? start->target->path : NULL;
	event->command = event->path ? base_name(event->path) : NULL;
	event->interpreter = start->target->interpreter[0] ? start->target->interpreter : NULL;
	event->cwd = start->cwd[0] ? start->cwd : NULL;
	event->pid = start->pid;
	event->ppid = start->ppid;
	event->user = name_of_user(start->uid);
	event->host = host;
	event->mode = mode;
	event->tty = start->tty;
	event->agent = agent;
	event->env_diff = (struct names){start->env_diff, start->env_diff_count};
}

/* Made once: each costs two system calls, for a time and an id of its own. */
static const struct event *nothing_known(void)
{
	static struct event event;
	if (!event.kind)
		event_init(&event, "exec", "deep");
	return &event;
}

/* Here and not in event.c: nobody else knows it, and the shim has no room for it. */
static void add_joined(struct draft *draft, const char *joined)
{
	char text[JOINED_MAX + 16];
	if (!*joined)
		return;
	size_t length = (size_t)snprintf(text, sizeof text, ",\"fds\":\"%s\"", joined);
	size_t tail = draft->line.length - draft->result_at;
	char *at = draft->line.data + draft->result_at;
	add_bytes(&draft->line, text, length); /* makes room, or says that there is none */
	if (draft->line.full)
		return;
	memmove(at + length, at, tail);
	memcpy(at, text, length);
	draft->result_at += length;
}

struct record *journal_record(const struct start *start)
{
	struct event event = *nothing_known();
	struct draft draft = {.line = buffer_in(line_memory, sizeof line_memory)};
	struct bytes *args = split_argv(start->argv);
	event.ts = start->at;
	uuid7_at(&event.ts, event.id);
	describe(&event, start);
	event.argv = args;
	event.argc = start->argv->count;
	draft_event(&draft, &event, &conf);
	add_joined(&draft, start->joined);
	free(args);
	struct record *record = draft.line.full || !args ? NULL : slots_take(draft.line.length);
	if (!record) {
		count_unwritten();
		return NULL;
	}
	record->pid = start->pid;
	record->service = start->service || is_service(start);
	record->started_ns = start->at_ns;
	record->stderr_size = start->stderr_size;
	memcpy(record->id, event.id, sizeof record->id);
	record->dev = start->target->dev;
	record->ino = start->target->ino;
	record->length = draft.line.length;
	record->result_at = draft.result_at;
	memcpy(record->line, draft.line.data, record->length);
	slots_commit(record);
	return record;
}

/* The kind stands before anything that a traced program can choose, so the first match is the right one. */
void journal_start(const struct record *record)
{
	static const char kind[] = "\"kind\":\"exec";
	struct buffer text = buffer_in(line_memory, sizeof line_memory);
	const char *at = memmem(record->line, record->length, kind, sizeof kind - 1);
	if (!at || record->service || conf.capture != CAPTURE_COMMANDS)
		return;
	size_t head = (size_t)(at - record->line) + sizeof kind - 1;
	add_bytes(&text, record->line, head);
	add_text(&text, "_start");
	add_bytes(&text, record->line + head, record->length - head);
	append_line(log_name, &text);
}

void journal_end(const struct record *record, int status, int64_t duration_ns, const char *replaced_by,
		 int64_t stderr_bytes)
{
	struct event event = *nothing_known();
	struct draft draft = {.line = buffer_in(line_memory, sizeof line_memory), .result_at = record->result_at};
	if (status >= 0 && WIFEXITED(status))
		event.exit_code = WEXITSTATUS(status);
	if (status >= 0 && WIFSIGNALED(status))
		event.signal = WTERMSIG(status);
	event.duration_us = duration_ns < 0 ? 0 : duration_ns / 1000;
	event.replaced_by = replaced_by;
	event.stderr_bytes = stderr_bytes;
	if (record->service || !event_wanted(&event, &conf))
		return;
	add_bytes(&draft.line, record->line, record->length);
	finish_draft(&draft, &event);
	append_line(log_name, &draft.line);
}
#else
typedef int not_on_this_system;
#endif
