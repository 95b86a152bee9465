#include "hook/record.h"

#include "hook/session_file.h"
#include "lib/event/event.h"
#include "lib/event/identity.h"
#include "lib/event/log.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char memory[EVENT_LINE_MAX];

void touch_file(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
	if (fd < 0)
		return;
	futimens(fd, NULL);
	close(fd);
}

static bool wanted(const struct runtime_conf *conf, bool failed)
{
	return conf->capture == CAPTURE_COMMANDS || (conf->capture == CAPTURE_ERRORS && failed);
}

static void append(const struct runtime_conf *conf, struct buffer *line)
{
	char space[PATH_SPACE];
	const char *path = log_path(conf, space);
	if (path && !line->full)
		append_line(path, line);
	else
		count_unwritten();
}

static void add_end(struct buffer *line, bool has_status, int status, int64_t duration_us)
{
	if (has_status) {
		add_text(line, ",\"exit_code\":");
		add_unsigned(line, (uint64_t)(status < 0 ? 0 : status));
	}
	if (duration_us >= 0) {
		add_text(line, ",\"duration_ms\":");
		add_unsigned(line, (uint64_t)duration_us / 1000);
		add_char(line, '.');
		add_padded(line, (uint64_t)duration_us % 1000, 3);
	}
	add_text(line, "}\n");
}

static void complete(const struct session_file *file, const struct options *options, const struct runtime_conf *conf)
{
	if (!file->waiting || !wanted(conf, options->has_status && options->status != 0))
		return;
	struct buffer line = buffer_in(memory, sizeof memory);
	add_bytes(&line, file->waiting, file->waiting_length);
	add_end(&line, options->has_status, options->status, options->duration_us);
	append(conf, &line);
}

/* preexec carries the status of the line before its own; the others, that of the line they name. A daemon that was told
 * of that line may not have taken it yet: then what waits is an older line, which only the session's end completes. */
static bool concerns_waiting(const struct session_file *file, const struct options *options)
{
	if (!strcmp(options->command, "preexec"))
		return options->sequence ? file->sequence < options->sequence : options->has_status;
	return file->sequence == options->sequence || !strcmp(options->command, "session_end");
}

void complete_last_line(const struct options *options, const struct runtime_conf *conf)
{
	struct session_file file = open_session_file(options->session);
	if (file.waiting && concerns_waiting(&file, options)) {
		struct options of_another = *options;
		of_another.has_status = false;
		of_another.duration_us = -1;
		bool other = !strcmp(options->command, "session_end") && file.sequence != options->sequence;
		complete(&file, other ? &of_another : options, conf);
		put_session_file(&file, file.sequence, 0, options->shell_pid, NULL);
	}
	close_session_file(&file);
}

static struct event prompt_event(const struct options *options, const struct runtime_conf *conf, const char *kind,
				 int64_t start_us)
{
	static char cwd[PATH_SPACE];
	struct event event;
	event_init(&event, kind, "prompt");
	event.ts =
		(struct timespec){.tv_sec = (time_t)(start_us / 1000000), .tv_nsec = (long)(start_us % 1000000 * 1000)};
	event.session_id = options->session;
	event.cwd = getcwd(cwd, sizeof cwd);
	event.pid = options->shell_pid > 0 ? options->shell_pid : -1;
	event.user = effective_user(conf);
	event.host = machine_name(conf);
	event.mode = "interactive";
	event.tty = isatty(STDIN_FILENO);
	event.agent = agent_above(conf);
	return event;
}

static void record_session(const struct options *options, const struct runtime_conf *conf, int64_t start_us)
{
	struct event event = prompt_event(options, conf, "session", start_us);
	event.command = options->shell;
	write_event(&event, conf);
}

static void add_verdict(struct event *event, const struct verdict *verdict, const char *rules[1])
{
	rules[0] = verdict->rule;
	event->action = action_word(verdict->action);
	event->level = verdict->level[0] ? verdict->level : NULL;
	event->score = verdict->score;
	event->rules = (struct names){rules, verdict->rule[0] != '\0'};
}

/* Beside the line itself, so that the verdicts of all gates stand in one list. */
static void record_verdict(const struct options *options, const struct runtime_conf *conf, const struct line *line,
			   const struct verdict *verdict, int64_t start_us)
{
	const char *rules[1];
	struct event event = prompt_event(options, conf, "verdict", start_us);
	event.text = line->known ? line->text : NULL;
	add_verdict(&event, verdict, rules);
	write_event(&event, conf);
}

static struct buffer waiting_event(const struct options *options, const struct runtime_conf *conf,
				   const struct line *line, const struct verdict *verdict, int64_t start_us)
{
	struct event event = prompt_event(options, conf, "line", start_us);
	const char *rules[1];
	event.text = !line->known ? NULL : line->typed ? line->typed : line->text;
	if (verdict->action != ACTION_ALLOW)
		add_verdict(&event, verdict, rules);
	struct buffer text = buffer_in(memory, sizeof memory);
	add_event(&text, &event, conf);
	/* Without its "}\n": the end is not known yet. */
	if (text.length >= 2)
		text.length -= 2;
	return text;
}

void record_line(const struct options *options, const struct runtime_conf *conf, const struct line *line,
		 const struct verdict *verdict, bool runs, int64_t start_us)
{
	struct session_file file = open_session_file(options->session);
	if (file.fd < 0)
		return;
	if (file.is_new)
		record_session(options, conf, start_us);
	if (!strcmp(options->shell, "zsh") || !strcmp(options->shell, "bash"))
		make_reply_fifo(options->session);
	long sequence = options->sequence ? options->sequence : file.sequence + 1;
	if (sequence > file.sequence) {
		if (verdict->action != ACTION_ALLOW && conf->capture != CAPTURE_NONE)
			record_verdict(options, conf, line, verdict, start_us);
		struct buffer text = {0};
		if (conf->capture != CAPTURE_NONE)
			text = waiting_event(options, conf, line, verdict, start_us);
		bool waits = runs && text.length && !text.full;
		/* One without a number that is refused is an editor's: the shell's own line before it has not ended. */
		long kept = runs || options->sequence ? sequence : 0;
		if (kept || file.is_new)
			put_session_file(&file, kept, start_us, options->shell_pid, waits ? &text : NULL);
		if (!runs && text.length && wanted(conf, true)) {
			add_end(&text, true, 130, 0);
			append(conf, &text);
		}
	}
	close_session_file(&file);
}

static struct event agent_event(const struct options *options, const struct runtime_conf *conf,
				const struct agent_call *call, const char *kind)
{
	struct event event;
	event_init(&event, kind, "agent");
	event.session_id = options->session;
	event.cwd = call->cwd;
	event.text = call->line.text;
	event.user = effective_user(conf);
	event.host = machine_name(conf);
	event.mode = "noninteractive";
	event.agent = call->agent;
	return event;
}

void record_agent_verdict(const struct options *options, const struct runtime_conf *conf, const struct agent_call *call,
			  const struct verdict *verdict)
{
	const char *rules[1];
	bool mild = !verdict->level[0] || !strcmp(verdict->level, "low");
	if (verdict->action == ACTION_ALLOW && mild)
		return;
	struct event event = agent_event(options, conf, call, "verdict");
	add_verdict(&event, verdict, rules);
	write_event(&event, conf);
}

void record_agent_line(const struct options *options, const struct runtime_conf *conf, const struct agent_call *call,
		       long duration_ms)
{
	struct event event = agent_event(options, conf, call, "line");
	event.exit_code = call->status;
	event.duration_us = duration_ms < 0 ? -1 : (int64_t)duration_ms * 1000;
	/* The hook is asked when the call is over; an event's time is its start. */
	if (duration_ms > 0) {
		event.ts.tv_sec -= duration_ms / 1000 + 1;
		event.ts.tv_nsec += 1000000000L - duration_ms % 1000 * 1000000L;
		if (event.ts.tv_nsec >= 1000000000L) {
			event.ts.tv_sec++;
			event.ts.tv_nsec -= 1000000000L;
		}
		uuid7_at(&event.ts, event.id);
	}
	write_event(&event, conf);
}

void forget_session(const struct options *options)
{
	remove_session_files(options->session);
}
