#include "lib/redact/redact_calls.h"

#include "lib/base/bytes.h"
#include "lib/redact/redact_chars.h"
#include "lib/redact/redact_closely.h"
#include "lib/redact/redact_logins.h"
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
		at = after_prefix(text, at, end);
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

/* A call's name, alone and with what stands before its dots, both of which end at `stop`. */
struct call {
	struct bytes name, whole;
	size_t stop;
};

static struct call call_at(const char *text, size_t stop)
{
	size_t whole = back_of(text, stop, 0, C_NAME), name = stop;
	while (name > whole && text[name - 1] != '.')
		name--;
	return (struct call){{text + name, stop - name}, {text + whole, stop - whole}, stop};
}

static bool is_listed(const char *list, struct bytes name)
{
	return in_list_lower(list, name.data, name.length);
}

/* The number of the argument that is a secret, ARGUMENTS_MAX: none is. */
static size_t place_of(const struct call *call)
{
	static const char *const places[] = {first_calls, second_calls, third_calls};
	for (size_t i = 0; i < 3; i++)
		if (is_listed(places[i], call->name))
			return i;
	for (size_t i = 0; i < 3; i++)
		if (is_listed(places[i], call->whole))
			return i;
	return ARGUMENTS_MAX;
}

/* What stands in quotes that close before `at`. */
static bool mark_quoted_before(struct marks *marks, size_t at)
{
	const char *text = marks->text;
	if (at == 0 || !memchr("\"'", text[at - 1], 2))
		return false;
	size_t opens = at - 1;
	while (opens > 0 && text[opens - 1] != text[at - 1])
		opens--;
	if (opens > 0)
		add_mark(marks, (struct span){opens, at - 1}, true);
	return opens > 0;
}

/* X in `"X".crypt(salt)`. */
static bool mark_receiver(struct marks *marks, const struct call *call)
{
	size_t at = call->stop - call->whole.length;
	return *call->whole.data == '.' && place_of(call) != ARGUMENTS_MAX && mark_quoted_before(marks, at);
}

/* `gsub(/password/, "X")`. True: the call replaces something. */
static bool mark_replaced(struct marks *marks, const struct arguments *found, const struct call *call)
{
	const char *text = marks->text;
	if (!is_listed("sub\0gsub\0gensub\0replace\0str_replace\0", call->name) || found->count < 2 ||
	    !found->quoted[1])
		return false;
	struct span old = found->spans[0], new = found->spans[1];
	if (sounds_secret((struct bytes){text + old.start, length_of(old)}) &&
	    looks_mixed(text + new.start, length_of(new)))
		add_mark(marks, new, true);
	return true;
}

/* `setenv('DB_PASSWORD', 'X')`, `put_env(:password, 'X')`. */
static void mark_named_arguments(struct marks *marks, const struct arguments *found)
{
	const char *text = marks->text;
	for (size_t i = 0; i + 1 < found->count; i++) {
		struct span name = found->spans[i];
		bool named = found->quoted[i] || starts_with(text, name.start, marks->length, ":");
		while (name.start < name.end && text[name.start] == ':')
			name.start++;
		while (name.start < name.end && text[name.end - 1] == ':')
			name.end--;
		if (named && found->quoted[i + 1] && is_secret_key(text + name.start, length_of(name)))
			add_mark(marks, found->spans[i + 1], true);
	}
}

/* X in `'X' | password_hash(...)` of Jinja. True: the call is such a filter. */
static bool mark_filtered(struct marks *marks, const struct call *call)
{
	const char *text = marks->text;
	size_t bar = back_of(text, call->stop - call->whole.length, 0, C_BLANK);
	if (bar == 0 || text[bar - 1] != '|' || place_of(call) == ARGUMENTS_MAX)
		return false;
	mark_quoted_before(marks, back_of(text, bar - 1, 0, C_BLANK));
	return true;
}

static void mark_arguments(struct marks *marks, const struct arguments *found, const struct call *call)
{
	if (mark_receiver(marks, call) || mark_filtered(marks, call))
		return;
	size_t place = place_of(call), last = found->count - 1;
	if (place < found->count && found->quoted[place])
		add_mark(marks, found->spans[place], true);
	if (found->count && found->quoted[0] && is_listed(pair_calls, call->name))
		mark_pair(marks, found->spans[0]);
	if (mark_replaced(marks, found, call))
		return;
	if (found->count > 1 && found->quoted[last] && is_listed(calls, call->name))
		add_mark(marks, found->spans[last], true);
	else
		mark_named_arguments(marks, found);
}

void scan_calls(struct marks *marks)
{
	const char *text = marks->text;
	for (size_t at = 0; (at = find_char(text, at, marks->length, '(')) < marks->length; at++) {
		struct call call = call_at(text, at - (at > 0 && text[at - 1] == '='));
		if (!call.name.length)
			continue;
		struct arguments found = arguments_at(marks, at + 1);
		mark_arguments(marks, &found, &call);
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
