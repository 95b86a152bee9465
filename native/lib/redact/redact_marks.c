#include "lib/redact/redact_marks.h"

#include "lib/redact/redact_chars.h"
#include "lib/redact/redact_names.h"
#include "lib/redact/redact_rooms.h"
#include "lib/redact/redact_table.h"

#include <string.h>

bool is_reference(const char *value, size_t length)
{
	if (value[0] == '`' || (length > 1 && value[0] == '$' && (value[1] == '(' || value[1] == '{')))
		return true;
	if (value[0] != '$')
		return false;
	for (size_t i = 1; i < length; i++)
		if (!is_char(value[i], C_ALNUM) && !memchr("_[]", value[i], 3))
			return false;
	return true;
}

void add_mark(struct marks *marks, struct span span, bool named)
{
	const char *value = marks->text + span.start;
	size_t length = span.end - span.start;
	if (span.end <= span.start || (length == strlen(MASK) && memcmp(value, MASK, length) == 0))
		return;
	if (text_rooms && text_rooms->is_plain_value(marks, span, named))
		return;
	if ((named && in_list_lower(plain_values, value, length)) || (marks->shell && is_reference(value, length)))
		return;
	if (marks->count == MARKS_MAX) { /* better too much is hidden than too little */
		span.end = marks->length;
		for (size_t i = 0; i < MARKS_MAX; i++)
			span.start = marks->spans[i].start < span.start ? marks->spans[i].start : span.start;
		marks->count = 0;
	}
	marks->spans[marks->count++] = span;
}

static void sort_spans(struct marks *marks)
{
	for (size_t i = 1; i < marks->count; i++) {
		struct span span = marks->spans[i];
		size_t at = i;
		for (; at > 0 && marks->spans[at - 1].start > span.start; at--)
			marks->spans[at] = marks->spans[at - 1];
		marks->spans[at] = span;
	}
}

void add_masked(struct buffer *space, struct marks *marks)
{
	size_t at = 0;
	sort_spans(marks);
	for (size_t i = 0; i < marks->count; i++) {
		struct span span = marks->spans[i];
		if (span.end <= at)
			continue;
		if (span.start >= at) {
			add_bytes(space, marks->text + at, span.start - at);
			add_text(space, MASK);
		}
		at = span.end;
	}
	add_bytes(space, marks->text + at, marks->length - at);
}
