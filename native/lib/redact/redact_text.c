/* Names and their secrets in text that is no command: YAML, TOML, SQL, XML, code. */
#include "lib/redact/redact_chars.h"
#include "lib/redact/redact_looks.h"
#include "lib/redact/redact_names.h"
#include "lib/redact/redact_scan.h"
#include "lib/redact/redact_table.h"
#include "lib/redact/redact_text.h"
#include "lib/redact/redact_told.h"
#include "lib/redact/redact_value.h"

static bool ends_text_line(const struct marks *marks, size_t at)
{
	return at >= marks->length || marks->text[at] == '\n';
}

/* `password X`, alone on its line, as many configurations have it. */
static bool is_line_of_two(const struct marks *marks, size_t at, size_t stop, size_t end)
{
	const char *text = marks->text;
	size_t value = run_of(text, stop, end, C_BLANK), last = value;
	while (last < end && text[last] != '\\' && !is_char(text[last], C_SPACE))
		last++;
	if (!begins_text_line(text, at) || last == value || value == stop)
		return false;
	return last == end || text[last] == '\n' || starts_with(text, last, marks->length, "\\n") ||
	       starts_with(text, last, marks->length, "\\r");
}

/* X in `user = "ann:X"` of curl's configuration. Gives its end, 0: there is none. */
static size_t mark_user_pair(struct marks *marks, size_t at, size_t end)
{
	const char *text = marks->text;
	size_t value = run_of(text, at, end, C_BLANK), last = until_of(text, value, end, C_SPACE);
	size_t colon = find_char(text, value, last, ':');
	if (colon > last)
		return 0;
	if (is_char(text[last - 1], C_QUOTE))
		last--;
	if (run_of(text, colon + 1, last, C_DIGIT) == last || colon + 1 > last)
		return 0;
	add_mark(marks, (struct span){colon + 1, last}, false);
	return last;
}

/* X in the line `user ann X` of ftp(1), and in `user = "ann:X"`. Gives its end, 0: there is none. */
static size_t mark_user(struct marks *marks, size_t at, size_t stop, size_t end)
{
	const char *text = marks->text;
	size_t first = run_of(text, stop, end, C_BLANK);
	if (first == stop && (!starts_with(text, stop, end, "=") || (at > 0 && text[at - 1] == '-')))
		return 0;
	if (starts_with(text, first, end, "="))
		return mark_user_pair(marks, first + 1, end);
	size_t gap = until_of(text, first, end, C_SPACE), value = run_of(text, gap, end, C_BLANK);
	size_t last = until_of(text, value, end, C_SPACE);
	if (starts_with(text, value, end, "on >")) {
		last = until_of(text, value + 4, end, C_SPACE);
		add_mark(marks, (struct span){value + 4, last}, false);
		return last;
	}
	if (!begins_text_line(text, at) || first == gap || gap == value || value == last || text[last - 1] == ';' ||
	    !ends_text_line(marks, last))
		return 0;
	add_mark(marks, (struct span){value, last}, false);
	return last;
}

/* The text in quotes that expect(1) sends after it waited for a password. Gives its end, 0: there is none. */
static size_t mark_sent(struct marks *marks, size_t at, size_t end)
{
	const char *text = marks->text;
	size_t value = run_of(text, at, end, C_BLANK);
	struct span inside;
	if (starts_with(text, value, end, "--"))
		value = run_of(text, value + 2, end, C_BLANK);
	if (value == at || value >= end)
		return 0;
	if (!quoted_span(text, value, end, &inside)) {
		inside = (struct span){value, value};
		while (inside.end < end && (text[inside.end] == '\\' || !is_char(text[inside.end], C_END)))
			inside.end++;
	}
	size_t last = inside.end;
	while (last >= inside.start + 2 &&
	       (starts_with(text, last - 2, last, "\\r") || starts_with(text, last - 2, last, "\\n")))
		last -= 2;
	add_mark(marks, (struct span){inside.start, last}, false);
	return inside.end;
}

/* Lines and calls that no name of a secret begins. Gives the end of what was marked, 0: nothing was. */
static size_t mark_lines(struct marks *marks, size_t at, size_t stop, size_t end, bool expects)
{
	const char *name = marks->text + at;
	if (in_list_lower("user\0", name, stop - at))
		return mark_user(marks, at, stop, end);
	size_t told = mark_told_line(marks, (struct span){at, stop}, end);
	return told ? told : expects && in_list_lower("send\0", name, stop - at) ? mark_sent(marks, stop, end) : 0;
}

/* What has been seen before a name. */
struct seen {
	bool identified, login, expects;
	size_t asked; /* where the last name that awaits a value ended, 0: there is none */
};

static bool follows_name(const char *text, const struct seen *seen, size_t at)
{
	return seen->asked && run_of(text, seen->asked, at, C_BLANK) == at;
}

static bool is_called(const char *name, const char *text, struct span span)
{
	return in_list_lower(name, text + span.start, span.end - span.start);
}

static bool is_text_name(const char *text, struct span name)
{
	return is_text_secret(text + name.start, name.end - name.start);
}

/* What follows a name of a secret. Gives the end of what was marked, 0: nothing was. */
static size_t mark_secret(struct marks *marks, struct span name, struct span part, struct seen *seen, bool by)
{
	const char *text = marks->text;
	bool bare = by || seen->login || is_called(bare_names, text, name) || is_called(more_bare_names, text, name) ||
		    is_line_of_two(marks, name.start, name.end, part.end) || follows_name(text, seen, name.start);
	bool dashed = name.start > part.start && text[name.start - 1] == '-';
	seen->asked = name.end;
	size_t marked = mark_named(marks, name.end, part.end, bare, dashed);
	return marked ? marked : mark_told(marks, name, part.end);
}

/* `/password:X` of Windows, which is the whole part. */
static bool is_slash_option(const char *text, struct span name, struct span part)
{
	return name.start == part.start + 1 && text[part.start] == '/' && starts_with(text, name.end, part.end, ":") &&
	       is_secret_key(text + name.start, name.end - name.start);
}

/* Gives the end of what was marked after a name, 0: nothing was. */
static size_t judge_name(struct marks *marks, struct span name, struct span part, struct seen *seen)
{
	const char *text = marks->text;
	bool by = seen->identified && is_called("by\0", text, name);
	seen->login = seen->login || is_called(logins, text, name);
	seen->identified = seen->identified || is_called("identified\0", text, name);
	seen->expects = seen->expects || is_hint(text + name.start, name.end - name.start);
	if (is_slash_option(text, name, part)) {
		add_mark(marks, (struct span){name.end + 1, part.end}, true);
		return part.end;
	}
	if (is_called(digit_names, text, name))
		return mark_digits(marks, name.end, part.end);
	size_t marked = mark_default(marks, name, part.end);
	if (marked || is_called(no_secrets, text, name))
		return marked;
	if (by || is_text_name(text, name) || is_secret_name(text + name.start, name.end - name.start))
		return mark_secret(marks, name, part, seen, by);
	if (is_called("set\0", text, name) || in_list("ENV\0", text + name.start, name.end - name.start))
		seen->asked = name.end;
	return is_called("pragma\0", text, name) ? mark_pragma(marks, name.end, part.end) : 0;
}

void scan_names(struct marks *marks, size_t start, size_t end)
{
	const char *text = marks->text;
	struct seen seen = {0};
	struct near near = {.words = NEAR_WORDS};
	for (size_t at = start, stop; at < end; at = stop) {
		stop = at + 1;
		if (!is_char(text[at], C_ALNUM))
			continue;
		stop = run_of(text, at, end, C_NAME);
		size_t taken = take_near_name(&near, marks, at, stop, end);
		taken = taken ? taken : mark_lines(marks, at, stop, end, seen.expects);
		if (taken) {
			stop = taken;
			continue;
		}
		size_t marked = judge_name(marks, (struct span){at, stop}, (struct span){start, end}, &seen);
		stop = marked > stop ? marked : stop;
	}
}
