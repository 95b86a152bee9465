/* The event: one line of the log. The fields, their names and their order are those of src/caro/model.py; what
 * is not known is left out of the line. */
#ifndef CARO_EVENT_H
#define CARO_EVENT_H

#include "lib/base/buffer.h"
#include "lib/base/bytes.h"
#include "lib/base/runtime_conf.h"
#include "lib/base/uuid7.h"
#include "lib/event/event_fields.h"

#include <stdint.h>

#define EVENT_VERSION 1
/* Room for any event: a control character takes six bytes, so 6 x 32 KiB of argv or text, 44 KiB of base64, the
 * same again for names, and the paths. */
#define EVENT_LINE_MAX (1024 * 1024)

struct names {
	const char *const *items;
	size_t count;
};

#define TEXT_MEMBER(name) const char *name;
#define NUMBER_MEMBER(name, type) type name;
#define OWN_MEMBER(name)

/* Absent: NULL, and -1 for numbers; event_init() leaves everything absent. Most members are those of event_fields.h. */
struct event {
	char id[UUID_TEXT];
	const char *kind, *source;
	struct timespec ts;
	const struct bytes *argv; /* whole; cut and redacted while it is written */
	size_t argc;
	const char *path, *text;
	EVENT_FIELDS(TEXT_MEMBER, NUMBER_MEMBER, OWN_MEMBER)
	int64_t duration_us;
	int tty;
	struct names env_diff; /* items NULL: absent; count 0: `[]` */
	struct names rules;
};

/* Make all fields absent but `platform`, `id` (new) and `ts` (now). */
void event_init(struct event *event, const char *kind, const char *source);
/* Adds the line, "\n" included; `line->full` afterwards means that it did not fit. */
void add_event(struct buffer *line, const struct event *event, const struct runtime_conf *conf);

/* The same in two steps, so that most of the work is done while the command runs: the line without its result, and
 * the result (exit status, signal, duration, replaced_by, stderr_bytes) put into its place. */
struct draft {
	struct buffer line;
	size_t result_at;
};
void draft_event(struct draft *draft, const struct event *event, const struct runtime_conf *conf);
void finish_draft(struct draft *draft, const struct event *event);

/* True if the event is to be written, by `capture`: `none` wants no commands, `errors` only those that failed. */
bool event_wanted(const struct event *event, const struct runtime_conf *conf);
/* Appends it to the log where it is wanted. False: it should have been written and was not. */
bool write_draft(struct draft *draft, const struct event *event, const struct runtime_conf *conf);
bool write_event(const struct event *event, const struct runtime_conf *conf);

#endif
