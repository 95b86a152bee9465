#include "lib/redact/redact_told.h"

#include "lib/base/bytes.h"
#include "lib/redact/redact_chars.h"
#include "lib/redact/redact_closely.h"
#include "lib/redact/redact_names.h"
#include "lib/redact/redact_scan.h"
#include "lib/redact/redact_table.h"
#include "lib/redact/redact_value.h"

#include <stdint.h>
#include <string.h>

/* A told secret and its name are nearer. */
#define NEAR 64

static size_t run_in(const char *text, size_t at, size_t end, const char *set)
{
	while (at < end && text[at] && strchr(set, text[at]))
		at++;
	return at;
}

static size_t until_in(const char *text, size_t at, size_t end, const char *set)
{
	while (at < end && !(text[at] && strchr(set, text[at])))
		at++;
	return at;
}

/* After a name: blanks, and what closes quotes and brackets. */
static size_t after_name(const char *text, size_t at, size_t end)
{
	return run_in(text, at, end, " \t\"'`\\]");
}

static bool is_listed(const char *list, const char *text, size_t at, size_t end)
{
	return in_list_lower(list, text + at, end - at);
}

size_t mark_digits(struct marks *marks, size_t at, size_t end)
{
	const char *text = marks->text;
	size_t sign = after_name(text, at, end), value = run_in(text, sign, end, ":=>");
	size_t first = after_name(text, value, end), last = run_of(text, first, end, C_DIGIT);
	if (value == sign || last - first < 4 || last - first > 12 || (last < end && is_char(text[last], C_NAME)))
		return 0;
	add_mark(marks, (struct span){first, last}, false);
	return last;
}

size_t mark_pragma(struct marks *marks, size_t at, size_t end)
{
	const char *text = marks->text;
	size_t first = run_of(text, at, end, C_BLANK), last = run_of(text, first, end, C_NAME);
	if (!is_listed("key\0rekey\0hexkey\0textkey\0", text, first, last))
		return 0;
	return mark_named(marks, last, end, false, false);
}

/* X in `name: TOKEN, value: X`, whose name ends at `at`. */
static size_t mark_value_of(struct marks *marks, size_t at, size_t end)
{
	const char *text = marks->text;
	size_t near = end - at > NEAR ? at + NEAR : end;
	size_t first = run_in(text, at, near, " \t\n\r\"'`,\\-}{"), last = run_of(text, first, end, C_LETTER);
	if (first == at || !is_listed("value\0parametervalue\0", text, first, last))
		return 0;
	size_t sign = after_name(text, last, end), value = run_in(text, sign, end, ":=>");
	return value > sign ? mark_value(marks, run_of(text, value, end, C_BLANK), end, '<') : 0;
}

/* X in `password string = "X"` and `apiKey: String = "X"`. */
static size_t mark_typed(struct marks *marks, size_t at, size_t end)
{
	const char *text = marks->text;
	size_t first = run_in(text, at, end, " \t:"), last = run_of(text, first, end, C_NAME);
	size_t sign = run_of(text, last, end, C_BLANK), value = run_of(text, sign + 1, end, C_BLANK);
	struct span inside;
	if (first == at || first == last || !starts_with(text, sign, end, "=") ||
	    !quoted_span(text, value, end, &inside))
		return 0;
	add_mark(marks, inside, true);
	return inside.end;
}

/* X in `secret 5 X`, which ends its line, as routers have it. */
static size_t mark_numbered(struct marks *marks, size_t at, size_t end)
{
	const char *text = marks->text;
	size_t first = run_of(text, at, end, C_BLANK), value = run_of(text, first + 1, end, C_BLANK);
	size_t last = until_of(text, value, end, C_SPACE);
	if (first == at || first >= end || !is_char(text[first], C_DIGIT) || value == first + 1 || last <= value)
		return 0;
	if (last < end && text[last] != '\n')
		return 0;
	add_mark(marks, (struct span){value, last}, false);
	return last;
}

/* At least five characters that no sentence has: a digit, a capital inside or a sign among letters. */
static bool is_telling(const char *text, size_t start, size_t end)
{
	while (end > start && memchr(".,?", text[end - 1], 3))
		end--;
	size_t letters = run_of(text, start, end, C_LETTER);
	if (end - start < 5 || !is_char(text[start], C_ALNUM))
		return false;
	return letters < end || until_of(text, start + 1, end, C_CAPITAL) < end;
}

/* The value after `password for ann:`, SIZE_MAX: there is none. */
static size_t value_for(const char *text, size_t at, size_t end)
{
	size_t sign = until_in(text, at, end - at > NEAR ? at + NEAR : end, ":=\n;");
	if (sign >= end || (text[sign] != ':' && text[sign] != '='))
		return SIZE_MAX;
	return run_of(text, sign + 1, end, C_BLANK);
}

/* What follows `is`, `for`, `from` and `to` after a name that ends at `at`. */
static size_t mark_after_word(struct marks *marks, struct span name, size_t end)
{
	const char *text = marks->text;
	size_t first = run_of(text, name.end, end, C_BLANK), last = run_of(text, first, end, C_LETTER);
	size_t value = run_of(text, last, end, C_BLANK);
	bool from = is_listed("from\0", text, first, last), to = is_listed("to\0", text, first, last);
	if (first == name.end || value == last)
		return 0;
	if (is_listed("for\0", text, first, last))
		value = value_for(text, value, end);
	else if (!from && !to && !is_listed("is\0", text, first, last))
		return 0;
	struct span inside;
	if (value == SIZE_MAX)
		return 0;
	bool quoted = quoted_span(text, value, end, &inside);
	if (!quoted)
		inside = (struct span){value, until_of(text, value, end, C_END)};
	if (!quoted && (from || to || !is_telling(text, inside.start, inside.end)))
		return 0;
	if (inside.end - inside.start > NEAR)
		return 0;
	add_mark(marks, inside, true);
	size_t more = from ? mark_told(marks, (struct span){name.start, inside.end + 1}, end) : 0;
	return more ? more : inside.end;
}

static bool ends_like(const char *text, struct span name, const char *ending)
{
	size_t length = strlen(ending);
	for (size_t i = 0; i < length; i++)
		if (name.end - name.start < length || lower_char(text[name.end - length + i]) != ending[i])
			return false;
	return true;
}

size_t mark_told(struct marks *marks, struct span name, size_t end)
{
	const char *text = marks->text;
	bool phrase = ends_like(text, name, "phrase") || ends_like(text, name, "mnemonic");
	if (phrase && starts_with(text, name.end, end, ": ")) {
		size_t stop = until_in(text, name.end + 2, end, "\"'`\n");
		add_mark(marks, (struct span){name.end + 2, stop}, true);
		return stop;
	}
	if (name.end > end)
		return 0;
	size_t marked = mark_value_of(marks, name.end, end);
	marked = marked ? marked : mark_typed(marks, name.end, end);
	marked = marked ? marked : mark_numbered(marks, name.end, end);
	return marked ? marked : mark_after_word(marks, name, end);
}

/* X in the line `connect ann/X as sysdba` of sqlplus(1). */
static size_t mark_connect(struct marks *marks, size_t at, size_t end)
{
	const char *text = marks->text;
	size_t first = run_of(text, at, end, C_BLANK), stop = first;
	while (stop < end && text[stop] != ';' && !is_char(text[stop], C_SPACE | C_QUOTE))
		stop++;
	struct span login;
	if (first == at || !login_span(text, first, stop, &login) || login.start == login.end)
		return 0;
	add_mark(marks, login, false);
	return login.end;
}

/* X in `PASSCOMMAND='echo X'` and `TOKEN="$(echo X)"`. */
static size_t mark_echo(struct marks *marks, struct span name, size_t end)
{
	const char *text = marks->text;
	size_t first = run_in(text, name.end + 1, end, "\"'`$(<"), last = run_of(text, first, end, C_SMALL);
	size_t value = run_of(text, last, end, C_BLANK);
	bool echo = in_list("echo\0printf\0", text + first, last - first);
	if (!echo || value == last || !sounds_input((struct bytes){text + name.start, name.end - name.start}))
		return 0;
	size_t stop = until_in(text, value, end, "\"'`)");
	add_mark(marks, (struct span){value, stop}, true);
	return stop;
}

/* X in `stats auth ann:X`. */
static size_t mark_login_pair(struct marks *marks, size_t at, size_t end)
{
	const char *text = marks->text;
	size_t first = run_of(text, at, end, C_BLANK), split = run_of(text, first, end, C_LETTER);
	size_t last = run_of(text, split + 1, end, C_LOOSE);
	if (first == at || split == first || last < split + 4 || text[split] != ':' ||
	    run_of(text, split + 1, last, C_DIGIT) == last)
		return 0;
	add_mark(marks, (struct span){split + 1, last}, false);
	return last;
}

/* Each text in quotes of the line `sp_password NULL, 'X', 'sa'`. */
static size_t mark_quoted(struct marks *marks, size_t at, size_t end)
{
	const char *text = marks->text;
	size_t stop = until_in(text, at, end, "\n;");
	struct span inside;
	while ((at = until_of(text, at, stop, C_QUOTE)) < stop && quoted_span(text, at, stop, &inside)) {
		add_mark(marks, inside, true);
		at = inside.end + 1;
	}
	return stop;
}

/* X in `'Authorization': 'Token X'` of code. */
static size_t mark_header_pair(struct marks *marks, size_t at, size_t end)
{
	const char *text = marks->text;
	size_t sign = after_name(text, at, end);
	size_t value = run_of(text, run_in(text, sign, end, ":=>,"), end, C_BLANK);
	struct span inside;
	if (sign == at || value <= sign || value >= end || !quoted_span(text, value, end, &inside))
		return 0;
	size_t scheme = run_of(text, inside.start, inside.end, C_LETTER);
	size_t blank = run_of(text, scheme, inside.end, C_BLANK);
	bool two = inside.start < scheme && scheme < blank;
	add_mark(marks, (struct span){two ? blank : inside.start, inside.end}, false);
	return inside.end;
}

size_t mark_default(struct marks *marks, struct span name, size_t end)
{
	const char *text = marks->text;
	if (name.start < 2 || !starts_with(text, name.start - 2, name.start, "${") ||
	    !(starts_with(text, name.end, end, ":-") || starts_with(text, name.end, end, ":=")) ||
	    !is_secret_key(text + name.start, name.end - name.start))
		return 0;
	size_t last = until_in(text, name.end + 2, end, "}");
	add_mark(marks, (struct span){name.end + 2, last}, true);
	return last;
}

/* Does the tag of an IMAP command end at `at`: one letter, or some with a digit? */
static bool ends_tag(const char *text, size_t at)
{
	size_t tag = back_of(text, at, 0, C_BLANK), first = back_of(text, tag, 0, C_ALNUM);
	if (tag == at || first == tag || (first > 0 && is_char(text[first - 1], C_NAME)))
		return false;
	return tag - first == 1 || until_of(text, first, tag, C_DIGIT) < tag;
}

/* X in the line `a1 LOGIN ann X` of IMAP. */
static size_t mark_imap(struct marks *marks, struct span name, size_t end)
{
	const char *text = marks->text;
	if (!in_list("LOGIN\0", text + name.start, name.end - name.start) || !ends_tag(text, name.start))
		return 0;
	size_t user = run_of(text, name.end, end, C_BLANK), gap = until_of(text, user, end, C_SPACE);
	size_t value = run_of(text, gap, end, C_BLANK), last = until_in(text, value, end, " \t\r\n\\");
	if (user == name.end || gap == user || value == gap || last == value ||
	    (last < end && !memchr("\r\n\\", text[last], 3)))
		return 0;
	add_mark(marks, (struct span){value, last}, false);
	return last;
}

/* X in `login=ann:X`. */
static size_t mark_field(struct marks *marks, size_t at, size_t end)
{
	const char *text = marks->text;
	size_t last = until_of(text, at, end, C_END), colon = find_char(text, at, last, ':');
	if (colon == at || colon + 1 >= last || text[colon + 1] == '/' ||
	    run_of(text, colon + 1, last, C_DIGIT) == last)
		return 0;
	add_mark(marks, (struct span){colon + 1, last}, true);
	return last;
}

size_t mark_told_line(struct marks *marks, struct span name, size_t end)
{
	const char *text = marks->text;
	size_t imap = mark_imap(marks, name, end);
	if (imap)
		return imap;
	if (starts_with(text, name.end, end, "=") && is_listed(pair_fields, text, name.start, name.end))
		return mark_field(marks, name.end + 1, end);
	bool first = name.start == 0 || begins_text_line(text, name.start) || is_char(text[name.start - 1], C_QUOTE);
	if (first && is_listed("connect\0conn\0", text, name.start, name.end))
		return mark_connect(marks, name.end, end);
	if (is_listed("auth\0", text, name.start, name.end))
		return mark_login_pair(marks, name.end, end);
	size_t echoed = starts_with(text, name.end, end, "=") ? mark_echo(marks, name, end) : 0;
	if (echoed)
		return echoed;
	if (is_listed(quoting_names, text, name.start, name.end))
		return mark_quoted(marks, name.end, end);
	return is_listed(headers, text, name.start, name.end) ? mark_header_pair(marks, name.end, end) : 0;
}
