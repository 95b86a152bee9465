#include "xtrace/record.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define RS '\x1e'
#define US '\x1f'
#define FIELDS 7

static const char *const RECORDED[] = {"cd",   "pushd", "popd",  "export", "unset",  "alias", "source", ".",
				       "eval", "set",   "shopt", "umask",  "ulimit", "trap",  "exec",   "read"};

bool is_recorded(struct bytes name)
{
	for (size_t i = 0; i < sizeof RECORDED / sizeof *RECORDED; i++)
		if (strlen(RECORDED[i]) == name.length && memcmp(RECORDED[i], name.data, name.length) == 0)
			return true;
	return false;
}

/* After the quoted part that begins at `at`; `end` where it is not closed. */
static const char *skip_quoted(const char *at, const char *end)
{
	bool ansi = *at == '$';
	for (at += ansi ? 2 : 1; at < end && *at != '\''; at++)
		if (ansi && *at == '\\')
			at++;
	return at < end ? at + 1 : end;
}

size_t record_length(const char *text, size_t length)
{
	const char *at = text, *end = text + length;
	if (length == 0)
		return 0;
	if (*text != RS) { /* a line that was torn, or written by somebody else */
		const char *next = memchr(text, RS, length);
		return next ? (size_t)(next - text) : length;
	}
	for (int fields = 0; at < end && fields < FIELDS; at++)
		fields += *at == US;
	while (at < end && *at != '\n') {
		if (*at == '\'' || (*at == '$' && at + 1 < end && at[1] == '\''))
			at = skip_quoted(at, end);
		else
			at += *at == '\\' ? 2 : 1;
	}
	return at < end ? (size_t)(at - text) + 1 : 0;
}

static char *take_field(char **at, char *end)
{
	char *start = *at, *stop = memchr(start, US, (size_t)(end - start));
	if (!stop)
		return NULL;
	*stop = '\0';
	*at = stop + 1;
	return start;
}

static int octal(const char **at, const char *end)
{
	int value = 0;
	for (int i = 0; i < 3 && *at < end && **at >= '0' && **at <= '7'; i++)
		value = value * 8 + (*(*at)++ - '0');
	return value;
}

/* After the backslash in $'...'. */
static char unescape(const char **at, const char *end)
{
	static const char FROM[] = "abefnrtvE", TO[] = "\a\b\033\f\n\r\t\v\033";
	if (**at >= '0' && **at <= '7')
		return (char)octal(at, end);
	char c = *(*at)++;
	const char *known = strchr(FROM, c);
	return known && c ? TO[known - FROM] : c;
}

/* Writes the word without its quotes to `to`, which never overtakes `at`. */
static char *unquote_word(const char **from, const char *end, char *to)
{
	const char *at = *from;
	while (at < end && *at != ' ') {
		bool ansi = *at == '$' && at + 1 < end && at[1] == '\'';
		if (ansi || *at == '\'') {
			for (at += ansi ? 2 : 1; at < end && *at != '\'';) {
				char c = *at++;
				*to++ = ansi && c == '\\' && at < end ? unescape(&at, end) : c;
			}
			at += at < end;
		} else {
			at += *at == '\\' && at + 1 < end;
			*to++ = *at++;
		}
	}
	*from = at;
	return to;
}

static void read_words(char *text, char *end, struct xtrace_record *out)
{
	const char *at = text;
	char *to = text;
	out->count = 0;
	while (at < end && out->count < RECORD_WORDS_MAX) {
		while (at < end && *at == ' ')
			at++;
		if (at == end)
			break;
		char *start = to;
		to = unquote_word(&at, end, to);
		out->words[out->count++] = (struct bytes){start, (size_t)(to - start)};
	}
}

/* 1700000000.123456; some locales write a comma. */
static struct timespec read_time(const char *text)
{
	char *end;
	struct timespec at = {strtol(text, &end, 10), 0};
	long scale = 100000000;
	if (*end == '.' || *end == ',')
		for (end++; *end >= '0' && *end <= '9' && scale > 0; end++, scale /= 10)
			at.tv_nsec += (*end - '0') * scale;
	return at;
}

/* `command cd x` and `builtin cd x` are cd. */
static void drop_prefix(struct xtrace_record *out)
{
	size_t skip = 0;
	while (skip + 1 < out->count &&
	       ((out->words[skip].length == 7 && !memcmp(out->words[skip].data, "command", 7)) ||
		(out->words[skip].length == 7 && !memcmp(out->words[skip].data, "builtin", 7))))
		skip++;
	out->count -= skip;
	memmove(out->words, out->words + skip, out->count * sizeof *out->words);
}

bool record_read(char *text, size_t length, struct xtrace_record *out)
{
	char *at = text, *end = text + length, *fields[FIELDS];
	if (length == 0 || *text != RS)
		return false;
	while (at < end && *at == RS)
		at++;
	for (int i = 0; i < FIELDS; i++)
		if (!(fields[i] = take_field(&at, end)))
			return false;
	end -= end > at && end[-1] == '\n';
	out->pid = strtol(fields[0], NULL, 10);
	out->shell = strtol(fields[1], NULL, 10);
	out->lineno = strtol(fields[2], NULL, 10);
	out->file = fields[3];
	out->cwd = fields[4];
	out->at = read_time(fields[5]);
	out->parent = fields[6];
	read_words(at, end, out);
	drop_prefix(out);
	return out->count > 0 && is_recorded(out->words[0]);
}
