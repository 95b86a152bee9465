#include "lib/redact/redact_plain.h"

#include "lib/redact/redact_chars.h"
#include "lib/redact/redact_looks.h"
#include "lib/redact/redact_names.h"
#include "lib/redact/redact_scan.h"
#include "lib/redact/redact_table.h"

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

/* `"$NAME"` and `\\$NAME`. */
static bool is_quoted_reference(const char *value, size_t length)
{
	if (length < 2 || !memchr("\"\\", value[0], 2) || value[1] != '$')
		return false;
	while (value[length - 1] == '"')
		length--;
	return is_reference(value + 1, length - 1);
}

bool is_plain_value(const struct marks *marks, struct span span, bool named)
{
	const char *value = marks->text + span.start;
	size_t length = span.end - span.start;
	bool bracket = value[0] == '<' && value[length - 1] == '>';
	if ((length == 1 && *value == '-') || (bracket && until_of(value, 0, length, C_DIGIT) == length))
		return true;
	if (marks->shell && is_quoted_reference(value, length))
		return true;
	return named &&
	       ((length == 1 && is_char(*value, C_DIGIT)) || starts_plainly(value, length) || is_path(value, length));
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

size_t find_public_end(const char *text, size_t at, size_t end)
{
	size_t digest = digest_end(text, at, end);
	if (digest)
		return digest;
	for (const char *row = public_rows; *row; row = next_string(row)) {
		if (!starts_with(text, at, end, row + 2))
			continue;
		size_t body = at + strlen(row + 2), stop = run_of(text, body, end, class_of(row[0]));
		if (stop - body >= (size_t)(unsigned char)row[1] - TABLE_FIRST)
			return stop;
	}
	return 0;
}
