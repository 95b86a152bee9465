#include "lib/redact/redact_calls.h"

#include "lib/redact/redact_chars.h"
#include "lib/redact/redact_names.h"
#include "lib/redact/redact_scan.h"
#include "lib/redact/redact_table.h"

#include <string.h>

#define ARGUMENTS_MAX 32

struct arguments {
	struct span spans[ARGUMENTS_MAX];
	bool quoted[ARGUMENTS_MAX];
	size_t count, end; /* where they end */
};

/* Takes one argument; gives its end. */
static size_t take_argument(struct arguments *found, const char *text, size_t at, size_t end)
{
	struct span inside;
	bool quoted = quoted_span(text, at, end, &inside);
	size_t stop = at;
	if (quoted) {
		stop = inside.end + (inside.start - at);
	} else {
		while (stop < end && !memchr(",()", text[stop], 3))
			stop++;
		inside = (struct span){at, back_of(text, stop, at, C_SPACE)};
	}
	found->quoted[found->count] = quoted;
	found->spans[found->count++] = inside;
	return stop;
}

/* The arguments in the parentheses that open before `at`, without their quotes; they hold none but in quotes. */
static struct arguments arguments_at(const struct marks *marks, size_t at)
{
	const char *text = marks->text;
	struct arguments found = {0};
	size_t end = marks->length - at > FAR ? at + FAR : marks->length;
	while (at < end && found.count < ARGUMENTS_MAX) {
		at = run_of(text, at, end, C_SPACE);
		if (at + 1 < end && (text[at] == 'b' || text[at] == 'N') && is_char(text[at + 1], C_QUOTE))
			at++;
		at = take_argument(&found, text, at, end);
		at = run_of(text, at, end, C_SPACE);
		if (at >= end || text[at] != ',')
			break;
		at++;
	}
	found.end = at;
	return found;
}

static size_t length_of(struct span span)
{
	return span.end - span.start;
}

/* The start of the name that ends at `stop`: what follows its last dot. */
static size_t name_start(const char *text, size_t stop)
{
	size_t at = stop;
	while (at > 0 && text[at - 1] != '.' && is_char(text[at - 1], C_NAME))
		at--;
	return at;
}

void scan_calls(struct marks *marks)
{
	const char *text = marks->text;
	for (size_t at = 0; (at = find_char(text, at, marks->length, '(')) < marks->length; at++) {
		size_t stop = at - (at > 0 && text[at - 1] == '='), name = name_start(text, stop);
		if (name == stop)
			continue;
		struct arguments found = arguments_at(marks, at + 1);
		if (found.count && found.quoted[0] && in_list_lower(hash_calls, text + name, stop - name))
			add_mark(marks, found.spans[0], true);
		if (found.count < 2)
			continue;
		size_t last = found.count - 1;
		if (found.quoted[last] && in_list_lower(calls, text + name, stop - name))
			add_mark(marks, found.spans[last], true);
		else if (found.quoted[0] && found.quoted[1] &&
			 is_secret_name(text + found.spans[0].start, length_of(found.spans[0])))
			add_mark(marks, found.spans[1], true);
	}
}

static bool is_values(const struct marks *marks, size_t at)
{
	return at + 6 <= marks->length && in_list_lower("values\0", marks->text + at, 6);
}

static void mark_row(struct marks *marks, const struct arguments *columns, const struct arguments *values)
{
	for (size_t i = 0; i < columns->count && i < values->count; i++)
		if (values->quoted[i] &&
		    is_secret_key(marks->text + columns->spans[i].start, length_of(columns->spans[i])))
			add_mark(marks, values->spans[i], true);
}

static void scan_insert(struct marks *marks, size_t at)
{
	const char *text = marks->text;
	size_t close = back_of(text, at, 0, C_SPACE), opens = close;
	if (close == 0 || text[close - 1] != ')')
		return;
	while (opens > 0 && close - opens < FAR && text[opens - 1] != '(')
		opens--;
	if (opens == 0 || text[opens - 1] != '(')
		return;
	struct arguments columns = arguments_at(marks, opens);
	at = run_of(text, at + 6, marks->length, C_SPACE);
	while (at < marks->length && text[at] == '(') {
		struct arguments values = arguments_at(marks, at + 1);
		mark_row(marks, &columns, &values);
		for (at = values.end; at < marks->length && (is_char(text[at], C_SPACE) || memchr("),", text[at], 2));)
			at++;
	}
}

void scan_inserts(struct marks *marks)
{
	for (size_t at = 0; at < marks->length; at++)
		if (is_values(marks, at))
			scan_insert(marks, at);
}

void scan_replacements(struct marks *marks)
{
	const char *text = marks->text;
	for (size_t at = 0; (at = find_in(text, at, marks->length, "==>")) < marks->length; at += 3) {
		size_t first = at;
		while (first > 0 && text[first - 1] > ' ' && text[first - 1] < 127 &&
		       !is_char(text[first - 1], C_QUOTE))
			first--;
		add_mark(marks, (struct span){first, at}, false);
	}
}
