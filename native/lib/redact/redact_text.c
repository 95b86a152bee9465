/* Names and their secrets in text that is no command: YAML, TOML, SQL, XML, code. */
#include "lib/redact/redact_chars.h"
#include "lib/redact/redact_looks.h"
#include "lib/redact/redact_names.h"
#include "lib/redact/redact_scan.h"
#include "lib/redact/redact_table.h"
#include "lib/redact/redact_text.h"

#include <string.h>

static bool is_one_of(const char *set, const char *text, size_t at, size_t end)
{
	return at < end && text[at] && strchr(set, text[at]);
}

/* No further words: prose goes on after `token: `, a value does not. */
static bool ends_line(const char *text, size_t at, size_t end)
{
	at = run_of(text, at, end, C_BLANK);
	return at >= end || is_one_of("\n\r,;#}\"'`\\|&<", text, at, end);
}

static bool holds_bracket(const char *text, size_t at, size_t end)
{
	return find_char(text, at, end, '(') < end || find_char(text, at, end, '[') < end;
}

/* `kind`: the sign before it, a blank for none. Gives where the value ends, 0: there is none. */
static size_t mark_value(struct marks *marks, size_t at, size_t end, char kind)
{
	const char *text = marks->text;
	size_t near = end - at > FAR ? at + FAR : end;
	struct span inside;
	if (at >= end || is_one_of("\n$({[<|>*!%;,", text, at, end))
		return 0;
	if (quoted_span(text, at, near, &inside) && inside.end < near) {
		add_mark(marks, inside, true);
		return inside.end;
	}
	size_t stop = until_of(text, at, end, C_END);
	if (kind == ' ' && (text[at] == '.' || text[at] == '\\'))
		return 0; /* the pattern of a substitution, or a sentence's end */
	if ((kind == ':' || kind == '=') && !ends_line(text, stop, end))
		return 0;
	if (kind == '=' && holds_bracket(text, at, stop))
		return 0;
	add_mark(marks, (struct span){at, stop}, true);
	return stop;
}

/* A value with no sign before it: `PASSWORD 'X'`, `PASSWORD('X')`, `requirepass X`. */
static size_t mark_unsigned(struct marks *marks, size_t at, size_t closed, size_t gap, size_t end, bool bare)
{
	const char *text = marks->text;
	bool bracket = starts_with(text, at, end, "(");
	if (closed > at || (gap == at && !bracket))
		return 0;
	bool blank = gap > at;
	gap += starts_with(text, gap, end, "(") || starts_with(text, gap, end, "N'");
	bool quote = gap < end && is_char(text[gap], C_QUOTE) && (blank || bracket);
	return quote || bare ? mark_value(marks, gap, end, ' ') : 0;
}

/* What follows a name that ends at `at`. `bare`: one word after a space is the value. */
static size_t mark_named(struct marks *marks, size_t at, size_t end, bool bare)
{
	const char *text = marks->text;
	size_t closed = at;
	while (is_one_of("\"'`\\]", text, closed, end))
		closed++;
	if (starts_with(text, closed, end, ">"))
		return mark_value(marks, closed + 1, end, '<');
	size_t sign = run_of(text, closed, end, C_BLANK), value = sign;
	while (is_one_of(":=>", text, value, end))
		value++;
	size_t gap = run_of(text, value, end, C_BLANK), length = value - sign;
	if (length == 0)
		return mark_unsigned(marks, at, closed, gap, end, bare);
	bool two = length == 2 && (starts_with(text, sign, end, ":=") || starts_with(text, sign, end, "=>"));
	if ((!two && (length > 1 || text[sign] == '>')) || gap >= end)
		return 0;
	gap += starts_with(text, gap, end, "N'");
	bool spaced = gap > value || sign > closed || is_char(text[gap], C_QUOTE);
	return spaced ? mark_value(marks, gap, end, length == 1 ? text[sign] : '=') : 0;
}

void scan_names(struct marks *marks, size_t start, size_t end)
{
	const char *text = marks->text;
	bool identified = false, login = false;
	struct near near = {.words = NEAR_WORDS};
	for (size_t at = start, stop; at < end; at = stop) {
		stop = at + 1;
		if (!is_char(text[at], C_ALNUM))
			continue;
		stop = run_of(text, at, end, C_NAME);
		const char *name = text + at;
		size_t length = stop - at, taken = take_near_name(&near, marks, at, stop, end);
		if (taken) {
			stop = taken;
			continue;
		}
		bool by = identified && in_list_lower("by\0", name, length);
		login = login || in_list_lower(logins, name, length);
		identified = identified || in_list_lower("identified\0", name, length);
		if (!by && !in_list_lower(text_names, name, length) && !is_secret_name(name, length))
			continue;
		bool bare = by || login || in_list_lower(bare_names, name, length);
		size_t marked = mark_named(marks, stop, end, bare);
		stop = marked > stop ? marked : stop;
	}
}
