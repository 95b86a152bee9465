#include "relay/capture.h"

#include <stdint.h>
#include <string.h>

static const char introduction[] = "\033]133;C;caro=";
#define KIND_AT 6 /* of the letter in it */
static const char kinds[] = "ABCDO";

void start_capture(struct capture *capture, const char token[TOKEN_DIGITS])
{
	size_t length = sizeof introduction - 1;
	memcpy(capture->prefix, introduction, length);
	memcpy(capture->prefix + length, token, TOKEN_DIGITS);
	capture->prefix[length + TOKEN_DIGITS] = '.';
}

void expect_front(struct capture *capture, const char token[TOKEN_DIGITS])
{
	memcpy(capture->front_prefix, "\033]697;", FRONT_PREFIX_BYTES - TOKEN_DIGITS - 1);
	memcpy(capture->front_prefix + FRONT_PREFIX_BYTES - TOKEN_DIGITS - 1, token, TOKEN_DIGITS);
	capture->front_prefix[FRONT_PREFIX_BYTES - 1] = ';';
}

static void keep_output(struct capture *capture, const char *data, size_t length)
{
	if (capture->watcher.output)
		capture->watcher.output(capture->watcher.self, data, length);
	if (!capture->open)
		return;
	if (length > CAPTURE_BYTES) {
		capture->last.total += length - CAPTURE_BYTES;
		data += length - CAPTURE_BYTES;
		length = CAPTURE_BYTES;
	}
	struct printed *last = &capture->last;
	size_t at = last->total % CAPTURE_BYTES;
	size_t first = length < CAPTURE_BYTES - at ? length : CAPTURE_BYTES - at;
	memcpy(last->ring + at, data, first);
	memcpy(last->ring, data + first, length - first);
	last->total += length;
}

/* Nonzero where one of the eight bytes is 0. */
static uint64_t zero_byte(uint64_t bytes)
{
	return (bytes - 0x0101010101010101) & ~bytes & 0x8080808080808080;
}

/* The first ESC that a `]` follows or nothing does; `end` where there is none. Coloured text is full of ESC, so memchr
 * would stop every few bytes; two overlapping words show eight pairs at once. */
static char *find_osc(char *at, char *end)
{
	uint64_t first, second;
	for (; end - at > 8; at += 8) {
		memcpy(&first, at, 8);
		memcpy(&second, at + 1, 8);
		if (zero_byte((first ^ 0x1b1b1b1b1b1b1b1b) | (second ^ 0x5d5d5d5d5d5d5d5d)))
			break;
	}
	for (; at < end; at++)
		if (*at == '\033' && (at + 1 == end || at[1] == ']'))
			return at;
	return end;
}

static bool is_tag_char(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || c == '.' || c == '-';
}

static bool has_prefix(const struct capture *capture, const char *data, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (data[i] != capture->prefix[i] && !(i == KIND_AT && data[i] && strchr(kinds, data[i])))
			return false;
	return true;
}

/* The same as mark_length, of a front's mark. */
static size_t front_mark_length(const struct capture *capture, const char *data, size_t length, bool *open)
{
	size_t at = FRONT_PREFIX_BYTES;
	*open = false;
	if (!capture->watcher.front_mark || memcmp(data, capture->front_prefix, length < at ? length : at) != 0)
		return 0;
	while (at < length && at < FRONT_MARK_MAX - 1 && (unsigned char)data[at] >= ' ')
		at++;
	*open = at >= length;
	return !*open && data[at] == '\a' ? at + 1 : 0;
}

/* The length of the mark at `data`; 0: it is none. `open`: it may go on behind `length`. */
static size_t mark_length(const struct capture *capture, const char *data, size_t length, bool *open)
{
	size_t at = MARK_PREFIX_BYTES;
	*open = false;
	if (!has_prefix(capture, data, length < at ? length : at))
		return 0;
	while (at < length && at < MARK_MAX - 1 && is_tag_char(data[at]))
		at++;
	*open = at >= length;
	return !*open && data[at] == '\a' && at > MARK_PREFIX_BYTES ? at + 1 : 0;
}

static void take_mark(struct capture *capture, const char *mark, size_t length)
{
	if (mark[2] == '6') {
		capture->watcher.front_mark(capture->watcher.self, mark + FRONT_PREFIX_BYTES,
					    length - FRONT_PREFIX_BYTES - 1);
		return;
	}
	const char *tag = mark + MARK_PREFIX_BYTES;
	length -= MARK_PREFIX_BYTES + 1;
	if (mark[KIND_AT] != 'C' && mark[KIND_AT] != 'D') {
		if (capture->watcher.mark)
			capture->watcher.mark(capture->watcher.self, mark[KIND_AT], tag, length);
	} else if (mark[KIND_AT] == 'C') {
		memcpy(&capture->before, &capture->last, sizeof capture->last);
		memcpy(capture->last.tag, tag, length);
		capture->last.tag[length] = '\0';
		capture->last.total = 0;
		capture->open = true;
	} else if (strlen(capture->last.tag) == length && !memcmp(capture->last.tag, tag, length)) {
		capture->open = false;
	}
}

/* Moves up what stands between two marks; nearly always it stands there already. */
static char *pass(struct capture *capture, char *to, char *from, const char *end)
{
	size_t length, taken;
	while ((length = (size_t)(end - from)) > 0 && capture->watcher.divert &&
	       (taken = capture->watcher.divert(capture->watcher.self, from, length)) > 0)
		from += taken;
	keep_output(capture, from, length);
	if (to != from)
		memmove(to, from, length);
	return to + length;
}

size_t pass_output(struct capture *capture, char *data, size_t length)
{
	return (size_t)(pass(capture, data, data, data + length) - data);
}

size_t filter_output(struct capture *capture, char *data, size_t length, size_t *held)
{
	char *end = data + length, *from = data, *to = data, *at = data;
	bool open = false;
	while ((at = find_osc(at, end)) < end) {
		size_t mark = mark_length(capture, at, (size_t)(end - at), &open);
		if (!mark && !open)
			mark = front_mark_length(capture, at, (size_t)(end - at), &open);
		if (open)
			break;
		if (!mark) {
			at++;
			continue;
		}
		to = pass(capture, to, from, at);
		take_mark(capture, at, mark);
		from = at += mark;
	}
	to = pass(capture, to, from, at);
	*held = (size_t)(end - at);
	memmove(to, at, *held);
	return (size_t)(to - data);
}

size_t copy_printed(const struct printed *printed, char *out)
{
	size_t length = printed->total < CAPTURE_BYTES ? printed->total : CAPTURE_BYTES;
	size_t start = (printed->total - length) % CAPTURE_BYTES;
	size_t first = length < CAPTURE_BYTES - start ? length : CAPTURE_BYTES - start;
	memcpy(out, printed->ring + start, first);
	memcpy(out + first, printed->ring, length - first);
	return length;
}
