/* argv as an event shows it: redacted, cut at EVENT_ARGV_MAX bytes, U+FFFD for what is not UTF-8, and the notes
 * `truncated`, `argv_b64` and `redacted` that say so. */
#ifndef CARO_EVENT_ARGV_H
#define CARO_EVENT_ARGV_H

#include "lib/base/buffer.h"
#include "lib/base/bytes.h"
#include "lib/base/runtime_conf.h"

#include <stdbool.h>

/* Above this argv is cut and `truncated` tells its size, SHA-256 and count; so are `text` and each name list. */
#define EVENT_ARGV_MAX (32 * 1024)

struct shown_argv {
	struct bytes *args;
	size_t count;
	size_t *redacted;
	size_t redacted_count;
	bool cut;
	bool not_utf8;
};

/* Make the argv that may be shown. The result points into static memory and into `argv`: good until the next call. */
void show_argv(struct shown_argv *shown, const struct runtime_conf *conf, const struct bytes *argv, size_t argc);
void add_shown_argv(struct buffer *to, const struct shown_argv *shown);
/* Add the three notes, each with a comma in front; `argv` is the whole of it. */
void add_argv_notes(struct buffer *to, const struct shown_argv *shown, const struct bytes *argv, size_t argc);

#endif
