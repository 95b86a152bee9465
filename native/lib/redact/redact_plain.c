#include "lib/redact/redact_plain.h"

#include "lib/redact/redact_chars.h"
#include "lib/redact/redact_looks.h"
#include "lib/redact/redact_names.h"
#include "lib/redact/redact_scan.h"
#include "lib/redact/redact_table.h"

#include <limits.h>
#include <string.h>

static bool starts_plainly(const char *value, size_t length)
{
	for (const char *start = plain_starts; *start; start = next_string(start)) {
		size_t at = 0;
		while (start[at] && at < length && lower_char(value[at]) == start[at])
			at++;
		if (!start[at])
			return true;
	}
	return false;
}

/* `/run/secrets/x`, and `@file.json` of those who read a file so. */
static bool is_path(const char *value, size_t length)
{
	bool path = value[0] == '/';
	if (looks_random(value, 0, length) || is_token(value, 0, length))
		return false;
	for (size_t i = 0; i < length; i++)
		path = path && (value[i] == '/' || is_char(value[i], C_NAME));
	bool marked = memchr(value, '.', length) || memchr(value, '/', length) || memchr(value, ':', length);
	return path || (value[0] == '@' && marked);
}

/* `"$NAME"`, `\\$NAME` and `"Bearer $NAME"`. */
static bool is_quoted_reference(const char *value, size_t length)
{
	if (!memchr("\"\\", value[0], 2))
		return false;
	size_t scheme = run_of(value, 1, length, C_LETTER);
	size_t first = scheme > 1 ? run_of(value, scheme, length, C_BLANK) : 1;
	if (first >= length || value[first] != '$')
		return false;
	while (value[length - 1] == '"')
		length--;
	return is_reference(value + first, length - first);
}

/* `$NAME/`, and `$NAME` where the text goes on in a next line. */
static bool is_signed_reference(const char *value, size_t length)
{
	size_t stop = 1;
	if (value[0] != '$')
		return false;
	while (stop < length && (value[stop] == '_' || is_char(value[stop], C_ALNUM)))
		stop++;
	size_t line = find_char(value, stop, length, '\n');
	line = line < length ? line : length;
	return stop > 1 && until_of(value, stop, line, C_ALNUM) == line;
}

static bool ends_like(const char *value, size_t length, const char *ending)
{
	size_t size = strlen(ending);
	return length >= size && memcmp(value + length - size, ending, size) == 0;
}

/* `pass.txt` and `keys/ca.pem`. */
static bool is_known_file(const char *value, size_t length)
{
	bool known = false;
	for (const char *ending = file_endings; *ending && !known; ending = next_string(ending))
		known = ends_like(value, length, ending);
	for (size_t i = 0; known && i < length; i++)
		known = value[i] == '/' || is_char(value[i], C_NAME);
	return known && !looks_random(value, 0, length);
}

static bool is_known_value(const char *value, size_t length)
{
	return in_list(known_values, value, length) || starts_with(value, 0, length, "file://") ||
	       starts_with(value, 0, length, "fileb://") || is_known_file(value, length);
}

/* A small word, or two of letters, in `echo hello | base64`. */
static bool is_encoded(const struct marks *marks, struct span span)
{
	const char *text = marks->text;
	size_t follows = span.end;
	while (follows < marks->length && is_char(text[follows], C_QUOTE | C_BLANK))
		follows++;
	if (!starts_with(text, follows, marks->length, "| base64"))
		return false;
	size_t letters = run_of(text, span.start, span.end, C_LETTER);
	return run_of(text, span.start, span.end, C_SMALL) == span.end ||
	       run_of(text, letters + 1, span.end, C_LETTER) == span.end;
}

bool is_plain_value(const struct marks *marks, struct span span, bool named)
{
	const char *value = marks->text + span.start;
	size_t length = span.end - span.start;
	bool bracket = value[0] == '<' && value[length - 1] == '>';
	if ((bracket && until_of(value, 0, length, C_DIGIT) == length) || is_known_value(value, length))
		return true;
	if (marks->shell && (is_quoted_reference(value, length) || is_signed_reference(value, length)))
		return true;
	if (named && ((length == 1 && is_char(*value, C_DIGIT)) || in_list_lower(more_plain_values, value, length) ||
		      starts_plainly(value, length) || is_path(value, length)))
		return true;
	return is_encoded(marks, span);
}

/* The digits of a checksum before a file's name, as md5sum(1) and its kin write them. */
static size_t digest_end(const char *text, size_t at, size_t end)
{
	static const unsigned char digits[] = {32, 40, 56, 64, 96, 128};
	if (!is_char(text[at], C_HEX) || (at > 0 && is_char(text[at - 1], C_ALNUM)))
		return 0;
	size_t stop = run_of(text, at, end - at > 129 ? at + 129 : end, C_HEX);
	bool named = starts_with(text, stop, end, "  ") || starts_with(text, stop, end, " *");
	return named && memchr(digits, (int)(stop - at), sizeof digits) ? stop : 0;
}

/* True where a row of what is public may begin with the character; asked at every character of a line. */
static bool begins_public(char c)
{
	static char firsts[UCHAR_MAX + 1];
	for (const char *row = public_rows; *row && !firsts[0]; row = next_string(row))
		firsts[(unsigned char)row[2]] = 1;
	firsts[0] = 1;
	return firsts[(unsigned char)c];
}

size_t find_public_end(const char *text, size_t at, size_t end)
{
	if (at >= end)
		return 0;
	if (starts_with(text, at, end, "0x") && run_of(text, at + 2, end, C_HEX) == at + 42)
		return at + 42; /* an address of Ethereum; a key has 64 digits */
	size_t digest = digest_end(text, at, end);
	if (digest)
		return digest;
	if (!begins_public(text[at]))
		return 0;
	for (const char *row = public_rows; *row; row = next_string(row)) {
		if (!starts_with(text, at, end, row + 2))
			continue;
		size_t body = at + strlen(row + 2), stop = run_of(text, body, end, class_of(row[0]));
		if (stop - body >= (size_t)(unsigned char)row[1] - TABLE_FIRST)
			return stop;
	}
	return 0;
}
