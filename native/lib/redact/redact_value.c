/* Values that stand behind a name, in text that is no command. */
#include "lib/redact/redact_value.h"

#include "lib/redact/redact_chars.h"
#include "lib/redact/redact_looks.h"
#include "lib/redact/redact_names.h"
#include "lib/redact/redact_scan.h"
#include "lib/redact/redact_table.h"

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

/* The width of PostgreSQL's `$$` and of `\\$\\$` in quotes of a shell, or 0. */
static size_t dollar_quote(const char *text, size_t at, size_t end)
{
	return starts_with(text, at, end, "$$") ? 2 : starts_with(text, at, end, "\\$\\$") ? 4 : 0;
}

size_t mark_value(struct marks *marks, size_t at, size_t end, char kind)
{
	const char *text = marks->text;
	size_t near = end - at > FAR ? at + FAR : end;
	struct span inside;
	at = after_prefix(text, at, near);
	if (dollar_quote(text, at, near)) {
		size_t width = dollar_quote(text, at, near), stop = at + width;
		while (stop < near && dollar_quote(text, stop, near) != width)
			stop++;
		if (stop >= near)
			return 0;
		add_mark(marks, (struct span){at + width, stop}, true);
		return stop;
	}
	if (at >= end || is_one_of("\n$({[<|>*!%;,", text, at, end))
		return 0;
	if (quoted_span(text, at, near, &inside) && inside.end < near && text[inside.start] != '\n') {
		add_mark(marks, inside, true);
		return inside.end;
	}
	size_t stop = until_of(text, at, end, C_END);
	if (kind == ' ' && (text[at] == '.' || text[at] == '\\' || in_list_lower(no_values, text + at, stop - at)))
		return 0; /* the pattern of a substitution, a sentence's end, SQL that goes on */
	if ((kind == ':' || kind == '=') && !ends_line(text, stop, end))
		return 0;
	if (kind == '=' && holds_bracket(text, at, stop))
		return 0;
	size_t before = marks->count;
	add_mark(marks, (struct span){at, stop}, true);
	return marks->count > before ? stop : 0;
}

/* The line below `token: |` of YAML. Gives its end, 0: there is none. */
static size_t mark_block(struct marks *marks, size_t at, size_t end)
{
	const char *text = marks->text;
	size_t line = find_char(text, at, end, '\n');
	line = line < end ? line : end;
	size_t value = run_of(text, line, end, C_SPACE), stop = find_char(text, value, end, '\n');
	if (line - at > 2 || value == line)
		return 0;
	stop = stop < end ? stop : end;
	add_mark(marks, (struct span){value, stop}, false);
	return stop;
}

/* A value with no sign before it: `PASSWORD 'X'`, `PASSWORD('X')`, `requirepass X`. */
static size_t mark_unsigned(struct marks *marks, size_t at, size_t closed, size_t gap, size_t end, bool bare)
{
	const char *text = marks->text;
	bool bracket = starts_with(text, at, end, "(");
	if (closed > at && text[closed - 1] == ']' && gap > closed && gap < end && is_char(text[gap], C_QUOTE))
		return mark_value(marks, gap, end, ' ');
	if (closed > at || (gap == at && !bracket))
		return 0;
	bool blank = gap > at;
	gap += starts_with(text, gap, end, "(") || starts_with(text, gap, end, "N'");
	bool opens = gap < end && (is_char(text[gap], C_QUOTE) || dollar_quote(text, gap, end));
	bool quote = opens && (blank || bracket);
	return quote || bare ? mark_value(marks, gap, end, ' ') : 0;
}

size_t mark_named(struct marks *marks, size_t at, size_t end, bool bare, bool dashed)
{
	const char *text = marks->text;
	size_t closed = at;
	while (is_one_of("\"'`\\]", text, closed, end))
		closed++;
	if (starts_with(text, closed, end, ">"))
		return mark_value(marks, closed + 1, end, '<');
	size_t sign = run_of(text, closed, end, C_BLANK);
	if (starts_with(text, sign, end, "||=") || starts_with(text, sign, end, "?\?="))
		sign += 2;
	size_t value = sign;
	while (is_one_of(":=>", text, value, end))
		value++;
	size_t gap = run_of(text, value, end, C_BLANK), length = value - sign;
	if (length == 0)
		return mark_unsigned(marks, at, closed, gap, end, bare);
	bool two = length == 2 && (starts_with(text, sign, end, ":=") || starts_with(text, sign, end, "=>"));
	if ((!two && (length > 1 || text[sign] == '>')) || gap >= end)
		return 0;
	bool colon = length == 1 && text[sign] == ':';
	if (colon && is_one_of("|>", text, gap, end))
		return mark_block(marks, gap, end);
	gap += starts_with(text, gap, end, "N'");
	bool spaced = gap > value || sign > at || is_char(text[gap], C_QUOTE) || (dashed && colon);
	return spaced ? mark_value(marks, gap, end, length == 1 ? text[sign] : '=') : 0;
}

bool begins_text_line(const char *text, size_t at)
{
	at = back_of(text, at, 0, C_BLANK);
	if (at >= 5 && starts_with(text, at - 5, at, "quote"))
		at = back_of(text, at - 5, 0, C_BLANK);
	return at > 0 && (text[at - 1] == '\n' || (text[at - 1] == '\\' && text[at] == 'n'));
}

bool is_text_secret(const char *name, size_t length)
{
	return in_list_lower(text_names, name, length) || in_list_lower(more_text_names, name, length);
}
