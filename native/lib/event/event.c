#include "lib/event/event.h"

#include "lib/event/event_argv.h"
#include "lib/base/json.h"
#include "lib/event/log.h"
#include "lib/redact/redact.h"
#include "lib/base/system.h"
#include "lib/base/utf8.h"

#include <string.h>
#include <time.h>

#ifdef __APPLE__
#define PLATFORM "darwin"
#else
#define PLATFORM "linux"
#endif

#define NO_TEXT(name)
#define NO_NUMBER(name, type) event->name = -1;

void event_init(struct event *event, const char *kind, const char *source)
{
	*event = (struct event){.kind = kind, .source = source, .platform = PLATFORM};
	EVENT_FIELDS(NO_TEXT, NO_NUMBER, NO_TEXT)
	event->tty = -1;
	event->duration_us = -1;
	event->ts = read_clock(CLOCK_REALTIME);
	uuid7_at(&event->ts, event->id);
}

static void add_key(struct buffer *to, const char *key)
{
	if (!to->length || to->data[to->length - 1] != '{')
		add_char(to, ',');
	add_char(to, '"');
	add_text(to, key);
	add_text(to, "\":");
}

static void add_string(struct buffer *to, const char *key, const char *value)
{
	if (!value)
		return;
	add_key(to, key);
	add_json(to, bytes_of(value));
}

static void add_number(struct buffer *to, const char *key, int64_t value)
{
	if (value < 0)
		return;
	add_key(to, key);
	add_unsigned(to, (uint64_t)value);
}

static void add_names(struct buffer *to, const char *key, struct names names)
{
	size_t room = EVENT_ARGV_MAX;
	if (!names.items)
		return;
	add_key(to, key);
	add_char(to, '[');
	for (size_t i = 0; i < names.count; i++) {
		struct bytes name = bytes_of(names.items[i]);
		if (name.length >= room)
			break;
		room -= name.length + 1;
		if (i)
			add_char(to, ',');
		add_json(to, name);
	}
	add_char(to, ']');
}

/* RFC 3339 in UTC. gmtime_r would do, but in a static program it brings half of the time zone code along. The
 * arithmetic is "days from civil" turned round: a year that starts in March has its leap day at the end. */
static void add_date(struct buffer *to, int64_t days)
{
	int64_t shifted = days + 719468, era = shifted / 146097;
	int64_t day_of_era = shifted % 146097;
	int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
	int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	int64_t month_from_march = (5 * day_of_year + 2) / 153;
	int64_t day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
	int64_t month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;
	add_padded(to, (uint64_t)(year_of_era + era * 400 + (month <= 2)), 4);
	add_char(to, '-');
	add_padded(to, (uint64_t)month, 2);
	add_char(to, '-');
	add_padded(to, (uint64_t)day, 2);
}

static void add_time(struct buffer *to, const struct timespec *ts)
{
	int64_t seconds = ts->tv_sec < 0 ? 0 : ts->tv_sec; /* a clock before 1970 is a clock that was never set */
	add_key(to, "ts");
	add_char(to, '"');
	add_date(to, seconds / 86400);
	add_char(to, 'T');
	add_padded(to, (uint64_t)(seconds / 3600 % 24), 2);
	add_char(to, ':');
	add_padded(to, (uint64_t)(seconds / 60 % 60), 2);
	add_char(to, ':');
	add_padded(to, (uint64_t)(seconds % 60), 2);
	add_char(to, '.');
	add_padded(to, (uint64_t)(ts->tv_nsec / 1000), 6);
	add_text(to, "Z\"");
}

static void add_duration(struct buffer *to, const struct event *event)
{
	int64_t microseconds = event->duration_us;
	if (microseconds < 0)
		return;
	add_key(to, "duration_ms");
	add_unsigned(to, (uint64_t)microseconds / 1000);
	add_char(to, '.');
	add_padded(to, (uint64_t)microseconds % 1000, 3);
}

static void add_line_text(struct buffer *to, const char *text, const struct runtime_conf *conf)
{
	static char memory[2 * EVENT_ARGV_MAX];
	struct buffer space = buffer_in(memory, sizeof memory);
	if (!text)
		return;
	struct bytes shown = redact_text(conf, bytes_of(text), &space);
	shown.length = utf8_cut(shown, EVENT_ARGV_MAX);
	add_key(to, "text");
	add_json(to, shown);
}

static void add_tty(struct buffer *to, const struct event *event)
{
	if (event->tty < 0)
		return;
	add_key(to, "tty");
	add_text(to, event->tty ? "true" : "false");
}

static void add_env_diff(struct buffer *to, const struct event *event)
{
	add_names(to, "env_diff", event->env_diff);
}

static void add_rules(struct buffer *to, const struct event *event)
{
	add_names(to, "rules", event->rules);
}

#define ADD_TEXT(name) add_string(to, #name, event->name);
#define ADD_NUMBER(name, type) add_number(to, #name, event->name);
#define ADD_OWN(name) add_##name(to, event);
#define ADD(fields) fields(ADD_TEXT, ADD_NUMBER, ADD_OWN)

static void add_beginning(struct buffer *to, const struct event *event)
{
	add_char(to, '{');
	add_number(to, "v", EVENT_VERSION);
	add_string(to, "id", event->id);
	add_string(to, "kind", event->kind);
	add_string(to, "source", event->source);
	add_time(to, &event->ts);
	ADD(EVENT_WHO)
}

void draft_event(struct draft *draft, const struct event *event, const struct runtime_conf *conf)
{
	struct buffer *to = &draft->line;
	struct shown_argv shown;
	add_beginning(to, event);
	if (event->argv) {
		show_argv(&shown, conf, event->argv, event->argc);
		add_key(to, "argv");
		add_shown_argv(to, &shown);
	}
	add_string(to, "path", event->path);
	add_line_text(to, event->text, conf);
	ADD(EVENT_WHERE)
	draft->result_at = to->length;
	ADD(EVENT_CONTEXT)
	if (event->argv)
		add_argv_notes(to, &shown, event->argv, event->argc);
	ADD(EVENT_LAST)
	add_text(to, "}\n");
}

static void add_result(struct buffer *to, const struct event *event)
{
	ADD(EVENT_RESULT)
}

void finish_draft(struct draft *draft, const struct event *event)
{
	char memory[512], *at = draft->line.data + draft->result_at;
	struct buffer result = buffer_in(memory, sizeof memory);
	add_result(&result, event);
	size_t tail = draft->line.length - draft->result_at;
	add_bytes(&draft->line, memory, result.length); /* makes room, or says that there is none */
	if (draft->line.full || result.full)
		return;
	memmove(at + result.length, at, tail);
	memcpy(at, memory, result.length);
}

void add_event(struct buffer *line, const struct event *event, const struct runtime_conf *conf)
{
	struct draft draft = {.line = *line};
	draft_event(&draft, event, conf);
	finish_draft(&draft, event);
	*line = draft.line;
}

static bool failed(const struct event *event)
{
	return event->exit_code > 0 || event->signal > 0;
}

bool event_wanted(const struct event *event, const struct runtime_conf *conf)
{
	bool command = strcmp(event->kind, "verdict") && strcmp(event->kind, "session");
	if (!command || conf->capture == CAPTURE_COMMANDS)
		return true;
	return conf->capture == CAPTURE_ERRORS && failed(event);
}

bool write_draft(struct draft *draft, const struct event *event, const struct runtime_conf *conf)
{
	char path[PATH_SPACE];
	if (!event_wanted(event, conf))
		return true;
	finish_draft(draft, event);
	return append_line(log_path(conf, path), &draft->line);
}

bool write_event(const struct event *event, const struct runtime_conf *conf)
{
	static char memory[EVENT_LINE_MAX];
	struct draft draft = {.line = buffer_in(memory, sizeof memory)};
	if (!event_wanted(event, conf))
		return true;
	draft_event(&draft, event, conf);
	return write_draft(&draft, event, conf);
}
