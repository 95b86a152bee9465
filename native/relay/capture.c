#include "relay/capture.h"

#include <string.h>

static const char introduction[] = "\033]133;C;caro=";
#define KIND_AT 6 /* of the letter C or D in it */

void start_capture(struct capture *capture, const char token[TOKEN_DIGITS])
{
	size_t length = sizeof introduction - 1;
	memcpy(capture->prefix, introduction, length);
	memcpy(capture->prefix + length, token, TOKEN_DIGITS);
	capture->prefix[length + TOKEN_DIGITS] = '.';
}

static void keep(struct capture *capture, const char *data, size_t length)
{
	if (!capture->open)
		return;
	if (length > CAPTURE_BYTES) {
		capture->total += length - CAPTURE_BYTES;
		data += length - CAPTURE_BYTES;
		length = CAPTURE_BYTES;
	}
	size_t at = capture->total % CAPTURE_BYTES;
	size_t first = length < CAPTURE_BYTES - at ? length : CAPTURE_BYTES - at;
	memcpy(capture->ring + at, data, first);
	memcpy(capture->ring, data + first, length - first);
	capture->total += length;
}

static size_t pass(struct capture *capture, const char *data, size_t length, char *out)
{
	memcpy(out, data, length);
	keep(capture, data, length);
	return length;
}

size_t release_held(struct capture *capture, char *out)
{
	size_t length = pass(capture, capture->held, capture->held_length, out);
	capture->held_length = 0;
	return length;
}

static bool is_tag_char(char c)
{
	return (c >= '0' && c <= '9') || c == '.';
}

/* Whether a mark can go on with c, after what is held. */
static bool goes_on(const struct capture *capture, char c)
{
	size_t at = capture->held_length;
	if (at == KIND_AT)
		return c == 'C' || c == 'D';
	if (at < MARK_PREFIX_BYTES)
		return c == capture->prefix[at];
	if (c == '\a')
		return at > MARK_PREFIX_BYTES;
	return at < MARK_PREFIX_BYTES + TAG_MAX && is_tag_char(c);
}

static void take_mark(struct capture *capture)
{
	const char *tag = capture->held + MARK_PREFIX_BYTES;
	size_t length = capture->held_length - MARK_PREFIX_BYTES - 1;
	if (capture->held[KIND_AT] == 'C') {
		memcpy(capture->tag, tag, length);
		capture->tag[length] = '\0';
		capture->total = 0;
		capture->open = true;
	} else if (strlen(capture->tag) == length && !memcmp(capture->tag, tag, length)) {
		capture->open = false;
	}
	capture->held_length = 0;
}

size_t filter_output(struct capture *capture, const char *in, size_t length, char *out)
{
	const char *end = in + length;
	size_t written = 0;
	while (in < end) {
		if (!capture->held_length) {
			const char *escape = memchr(in, '\033', (size_t)(end - in));
			written += pass(capture, in, (size_t)((escape ? escape : end) - in), out + written);
			if (!escape)
				break;
			in = escape;
		}
		if (!goes_on(capture, *in)) {
			written += release_held(capture, out + written);
			continue; /* it may begin the next one */
		}
		capture->held[capture->held_length++] = *in;
		if (*in++ == '\a')
			take_mark(capture);
	}
	return written;
}

size_t copy_capture(const struct capture *capture, char *out)
{
	size_t length = capture->total < CAPTURE_BYTES ? capture->total : CAPTURE_BYTES;
	size_t start = (capture->total - length) % CAPTURE_BYTES;
	size_t first = length < CAPTURE_BYTES - start ? length : CAPTURE_BYTES - start;
	memcpy(out, capture->ring + start, first);
	memcpy(out + first, capture->ring, length - first);
	return length;
}
