#include "lib/redact/redact_scan.h"

#include "lib/redact/redact_chars.h"
#include "lib/redact/redact_looks.h"
#include "lib/redact/redact_names.h"
#include "lib/redact/redact_table.h"

#include <stdint.h>
#include <string.h>

static bool is_escaped(const char *text, size_t start, size_t at)
{
	bool escaped = false;
	while (at > start && text[--at] == '\\')
		escaped = !escaped;
	return escaped;
}

bool quoted_span(const char *text, size_t at, size_t end, struct span *inside)
{
	size_t width = at + 1 < end && text[at] == '\\' && is_char(text[at + 1], C_QUOTE) ? 2 : 1;
	char quote[3] = {0};
	if (at >= end || !is_char(text[at + width - 1], C_QUOTE))
		return false;
	memcpy(quote, text + at, width);
	size_t close = find_in(text, at + width, end, quote);
	while (quote[0] == '"' && close < end && is_escaped(text, at + 1, close))
		close = find_in(text, close + 1, end, quote);
	*inside = (struct span){at + width, close > end ? end : close};
	return true;
}

size_t raw_word_end(const char *text, size_t at, size_t end)
{
	struct span inside;
	while (at < end && !is_char(text[at], C_SPACE) && !memchr(";&|()<>`", text[at], 8)) {
		if (quoted_span(text, at, end, &inside))
			at = inside.end + (inside.start - at);
		else
			at += text[at] == '\\' && at + 1 < end ? 2 : 1;
	}
	return at < end ? at : end;
}

bool joined_span(const char *text, size_t at, size_t end, struct span *inside)
{
	if (!quoted_span(text, at, end, inside))
		return false;
	size_t close = inside->end + (inside->start - at);
	if (close < end && (text[close] == '\\' || is_char(text[close], C_ALNUM | C_QUOTE)))
		inside->end = raw_word_end(text, close, end);
	return true;
}

static bool is_next_field(const char *text, size_t at, size_t end)
{
	size_t stop = run_of(text, at + 1, end, C_NAME);
	return stop > at + 1 && stop < end && text[stop] == '=';
}

/* A word that begins with the name holds nothing else, but for further fields of a form. */
static size_t value_end(const char *text, size_t at, size_t end, bool alone)
{
	if (!alone) {
		while (at < end && !is_char(text[at], C_END) && text[at] != '#')
			at++;
		return at;
	}
	while (at < end && !(text[at] == '&' && is_next_field(text, at, end)))
		at++;
	return at;
}

size_t after_prefix(const char *text, size_t at, size_t end)
{
	return at + (text_rooms && at + 1 < end && memchr("bN@$ru", text[at], 6) && is_char(text[at + 1], C_QUOTE));
}

/* `?sig=X`; with all rooms not `?key=name`. */
static bool is_query_secret(const char *text, struct span name, size_t at, size_t end)
{
	return in_list_lower(query_names, text + name.start, name.end - name.start) &&
	       !(text_rooms && text_rooms->is_plain_query(text, name, at, end));
}

static void scan_equals(struct marks *marks, size_t start, size_t end)
{
	const char *text = marks->text;
	size_t at = start;
	while ((at = find_char(text, at, end, '=')) < end) {
		bool longer = at > start && memchr(":+\"'}", text[at - 1], 5) != NULL; /* :=, += or "name"= */
		size_t name_end = longer ? at - 1 : at;
		size_t first = back_of(text, name_end, start, C_NAME), length = name_end - first;
		bool query = first > start && (text[first - 1] == '?' || text[first - 1] == '&');
		at++;
		size_t value = after_prefix(text, at, end);
		if (length == 0 || (value < end && text[value] == '='))
			continue;
		if (!is_secret_key(text + first, length) &&
		    !(query && is_query_secret(text, (struct span){first, name_end}, value, end)))
			continue;
		struct span found;
		if (!(marks->shell ? joined_span : quoted_span)(text, value, end, &found))
			found = (struct span){value, value_end(text, value, end, first == start)};
		size_t before = marks->count;
		add_mark(marks, found, true);
		if (marks->count > before && found.end > at)
			at = found.end;
	}
}

static void scan_json(struct marks *marks, size_t start, size_t colon, size_t end)
{
	const char *text = marks->text;
	size_t name_end = colon - 1;
	if (name_end > start && text[name_end - 1] == '\\')
		name_end--;
	size_t first = back_of(text, name_end, start, C_NAME);
	if (!is_secret_name(text + first, name_end - first))
		return;
	size_t value = run_of(text, colon + 1, end, C_SPACE);
	struct span found;
	if (!quoted_span(text, value, end, &found))
		found = (struct span){value, until_of(text, value, end, C_END)};
	add_mark(marks, found, true);
}

static size_t last_char(const char *text, size_t start, size_t end, char c)
{
	while (end > start)
		if (text[--end] == c)
			return end;
	return SIZE_MAX;
}

static size_t host_end(const char *text, size_t at, size_t end)
{
	while (at < end && !is_char(text[at], C_SPACE | C_QUOTE) && text[at] != '<' && text[at] != '>')
		at++;
	return at;
}

static void scan_url(struct marks *marks, size_t colon, size_t end)
{
	const char *text = marks->text;
	size_t host = colon + 3, stop = host_end(text, host, end - host > FAR ? host + FAR : end), slash = host;
	while (slash < stop && text[slash] != '/' && text[slash] != '?' && text[slash] != '#')
		slash++;
	size_t at = last_char(text, host, slash, '@'), split = find_char(text, host, slash, ':');
	if (at == SIZE_MAX && split + 1 < slash && run_of(text, split + 1, slash, C_DIGIT) < slash)
		at = last_char(text, host, stop, '@'); /* a password with a slash in it */
	if (at != SIZE_MAX && split < at) {
		add_mark(marks, split + 1 < at ? (struct span){split + 1, at} : (struct span){host, split}, false);
		if (split - host >= 20 && until_of(text, host, split, C_DIGIT) < split)
			add_mark(marks, (struct span){host, split}, false);
	}
	if (at != SIZE_MAX && split > at &&
	    (looks_random(text, host, at) || (at - host >= 12 && until_of(text, host, at, C_DIGIT) < at)))
		add_mark(marks, (struct span){host, at}, false);
	for (const char *path = url_paths; *path; path = next_string(path))
		if ((at = find_in(text, host, stop, path)) < stop)
			add_mark(marks, (struct span){at + strlen(path), stop}, false);
}

/* `user:X@host`, `user/X@db`, `user%X@host`, where X looks like a secret. */
static void scan_ats(struct marks *marks, size_t start, size_t end)
{
	const char *text = marks->text;
	for (size_t at = start; (at = find_char(text, at, end, '@')) < end; at++) {
		size_t first = back_of(text, at, start, C_LOOSE);
		if (first - start >= 2 && memchr(":/%", text[first - 1], 3) && is_char(text[first - 2], C_NAME) &&
		    (looks_random(text, first, at) || (text_rooms && text_rooms->is_login(text, first, at, end))))
			add_mark(marks, (struct span){first, at}, false);
	}
}

static bool holds_cookie(const char *name, size_t length)
{
	for (size_t i = 0; i + 6 <= length; i++)
		if (in_list_lower("cookie\0", name + i, 6))
			return true;
	return false;
}

size_t mark_header(struct marks *marks, size_t first, size_t colon, size_t end, bool alone)
{
	const char *text = marks->text;
	size_t value = run_of(text, colon + 1, end, C_SPACE), stop = end;
	if (!alone)
		for (stop = value; stop < end && !is_char(text[stop], C_QUOTE) && text[stop] != '\n';)
			stop++;
	if (stop > value && text[stop - 1] == '\\')
		stop--;
	if (!holds_cookie(text + first, colon - first)) { /* the first word is a scheme, as Bearer */
		size_t scheme = run_of(text, value, stop, C_LETTER);
		if (scheme > value && scheme < stop && text[scheme] == ' ')
			value = run_of(text, scheme, stop, C_SPACE);
	}
	add_mark(marks, (struct span){value, stop}, false);
	return stop;
}

/* A Telegram bot's token: digits, then ":AA" and more. */
static bool mark_bot_token(struct marks *marks, size_t start, size_t colon, size_t end)
{
	const char *text = marks->text;
	if (!starts_with(text, colon + 1, end, "AA") || colon - back_of(text, colon, start, C_DIGIT) < 8)
		return false;
	size_t stop = run_of(text, colon + 1, end, C_NAME);
	if (stop - colon > 30)
		add_mark(marks, (struct span){colon + 1, stop}, false);
	return true;
}

static void scan_colons(struct marks *marks, size_t start, size_t end)
{
	const char *text = marks->text;
	size_t at = start;
	while ((at = find_char(text, at, end, ':')) < end) {
		size_t colon = at++;
		if (colon > start && is_char(text[colon - 1], C_QUOTE)) {
			scan_json(marks, start, colon, end);
		} else if (starts_with(text, colon, end, "://")) {
			scan_url(marks, colon, end);
		} else if (!mark_bot_token(marks, start, colon, end)) {
			size_t first = back_of(text, colon, start, C_NAME);
			if (!in_list_lower(headers, text + first, colon - first))
				continue;
			size_t stop = mark_header(marks, first, colon, end, first == start);
			if (stop > at)
				at = stop;
		}
	}
}

unsigned class_of(char letter)
{
	switch (letter) {
	case 'w':
		return C_NAME;
	case 'u':
		return C_UPPER;
	case 'x':
		return C_HEX;
	case 'b':
		return C_BASE64;
	case 'h':
		return C_HASH;
	default:
		return C_ALNUM;
	}
}

/* Where the rows with this first letter begin. */
static const char *shapes_with(char first)
{
	static const char *places[128];
	static bool filled;
	if (!filled) {
		filled = true;
		for (const char *row = shape_rows; *row; row = next_string(row))
			if (!places[(unsigned char)row[2]])
				places[(unsigned char)row[2]] = row;
	}
	return places[(unsigned char)first % 128];
}

/* The end of what was marked, or 0: so a long text is looked at once. */
static size_t mark_shape(struct marks *marks, size_t at, size_t end)
{
	const char *text = marks->text;
	for (const char *row = shapes_with(text[at]); row && *row && row[2] == text[at]; row = next_string(row)) {
		const char *prefix = row + 2;
		if (!starts_with(text, at, end, prefix))
			continue;
		size_t body = at + strlen(prefix), stop = run_of(text, body, end, class_of(row[0]));
		if (stop - body < (size_t)(unsigned char)row[1] - TABLE_FIRST)
			continue;
		add_mark(marks, (struct span){body, stop}, false);
		return stop;
	}
	return 0;
}

static size_t mark_jwt(struct marks *marks, size_t at, size_t end)
{
	const char *text = marks->text;
	if (!starts_with(text, at, end, "eyJ"))
		return 0;
	size_t stop = run_of(text, at, end - at > FAR ? at + FAR : end, C_NAME);
	if (stop - at < 20 || find_char(text, at, stop, '.') > stop)
		return 0;
	add_mark(marks, (struct span){at + 3, stop}, false);
	return stop;
}

static size_t mark_bearer(struct marks *marks, size_t at, size_t end)
{
	const char *text = marks->text;
	size_t body = at + 7, stop = body;
	if (body >= end || !in_list_lower("bearer \0", text + at, 7))
		return 0;
	while (stop < end && (is_char(text[stop], C_BASE64) || text[stop] == '.'))
		stop++;
	if (stop - body < 8 || (stop - body < 20 && until_of(text, body, stop, C_DIGIT) == stop))
		return 0;
	add_mark(marks, (struct span){body, stop}, false);
	return stop;
}

static size_t mark_key(struct marks *marks, size_t at, size_t end)
{
	const char *text = marks->text;
	size_t head = find_in(text, at + 11, end, "-----");
	if (head > end ||
	    (find_in(text, at, head, "PRIVATE KEY") > head && find_in(text, at, head, "Static key") > head))
		return at;
	size_t stop = find_in(text, head, end, "-----END");
	stop = stop > end ? end : stop;
	add_mark(marks, (struct span){head + 5, stop}, false);
	return stop;
}

/* The end of the run at `at`, which is marked where it is a token of no known shape. */
static size_t mark_token(struct marks *marks, size_t at, size_t end)
{
	const char *text = marks->text;
	size_t stop = at, near = end - at > FAR ? at + FAR : end, dashed;
	while (stop < end && (is_char(text[stop], C_ALNUM) || text[stop] == '_'))
		stop++;
	for (dashed = stop;
	     dashed < near && (is_char(text[dashed], C_ALNUM) || text[dashed] == '_' || text[dashed] == '-');)
		dashed++;
	if (!is_token(text, at, dashed))
		return stop;
	dashed = run_of(text, dashed, end, C_NAME);
	add_mark(marks, (struct span){at, dashed}, false);
	return dashed;
}

static void scan_shapes(struct marks *marks, size_t start, size_t end)
{
	const char *text = marks->text;
	for (size_t at = start; at < end;) {
		if (!is_char(text[at], C_ALNUM)) {
			if (text[at] == '-' && starts_with(text, at, end, "-----BEGIN "))
				at = mark_key(marks, at, end);
			at++;
			continue;
		}
		size_t stop = public_end(text, at, end);
		stop = stop ? stop : mark_shape(marks, at, end);
		stop = stop ? stop : mark_jwt(marks, at, end);
		stop = stop ? stop : mark_bearer(marks, at, end);
		at = stop ? stop : mark_token(marks, at, end);
	}
}

static bool names_secret(const char *name, size_t length)
{
	return is_secret_name(name, length) || in_list_lower(text_names, name, length) ||
	       in_list_lower("identified\0", name, length);
}

/* In words with a blank between them, whatever follows a secret's name and a sign, to the end. */
static void scan_coarsely(struct marks *marks, size_t start, size_t end)
{
	const char *text = marks->text;
	scan_near(marks, start, end, NEAR_WORDS);
	if (until_of(text, start, end, C_SPACE) == end)
		return;
	for (size_t at = start, stop; at < end; at = stop) {
		stop = run_of(text, at, end, C_NAME);
		if (stop == at) {
			stop++;
			continue;
		}
		size_t value = stop;
		while (value < end && memchr(" \t\"'`=:>(\\]", text[value], 11))
			value++;
		if (value > stop && value < end && names_secret(text + at, stop - at)) {
			add_mark(marks, (struct span){value, end}, true);
			return;
		}
	}
}

void scan_part(struct marks *marks, size_t start, size_t end, bool loose)
{
	if (loose) {
		scan_near(marks, start, end, 2);
	} else {
		scan_equals(marks, start, end);
		if (text_rooms)
			text_rooms->names(marks, start, end);
		else
			scan_coarsely(marks, start, end);
	}
	scan_colons(marks, start, end);
	scan_ats(marks, start, end);
	scan_shapes(marks, start, end);
}

void scan_word(struct marks *marks, size_t start, size_t end)
{
	scan_part(marks, start, end, false);
}
