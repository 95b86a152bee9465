#include "lib/base/json.h"

#include "lib/base/utf8.h"

/* True where a byte of the word is a control character, a quote, a backslash or not ASCII. The usual trick of
 * "does a word hold a byte less than n": one test for eight bytes, as nearly all of argv is plain text. */
static bool word_needs_care(const char *at)
{
	const uint64_t ones = UINT64_C(0x0101010101010101), tops = UINT64_C(0x8080808080808080);
	uint64_t word;
	memcpy(&word, at, sizeof word);
	uint64_t quote = word ^ (ones * '"'), slash = word ^ (ones * '\\');
	uint64_t below = (word - ones * 0x20) | (quote - ones) | (slash - ones) | word;
	return below & tops;
}

static bool plain(unsigned char c)
{
	return c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
}

static size_t plain_run(struct bytes text)
{
	size_t n = 0;
	while (text.length - n >= 8 && !word_needs_care(text.data + n))
		n += 8;
	while (n < text.length && plain((unsigned char)text.data[n]))
		n++;
	return n;
}

static void add_escaped(struct buffer *to, unsigned char c)
{
	static const char letters[] = "btnvfr"; /* from 8 on; \v is no JSON escape */
	static const char hex[] = "0123456789abcdef";
	add_char(to, '\\');
	if (c == '"' || c == '\\') {
		add_char(to, (char)c);
	} else if (c >= 8 && c <= 13 && c != 11) {
		add_char(to, letters[c - 8]);
	} else {
		add_text(to, "u00");
		add_char(to, hex[c >> 4]);
		add_char(to, hex[c & 15]);
	}
}

static size_t add_special(struct buffer *to, struct bytes text)
{
	unsigned char c = (unsigned char)text.data[0];
	if (c < 0x80) {
		add_escaped(to, c);
		return 1;
	}
	bool valid;
	size_t step = utf8_step(text, &valid);
	if (valid)
		add_bytes(to, text.data, step);
	else
		add_text(to, "\xEF\xBF\xBD");
	return step;
}

void add_json(struct buffer *to, struct bytes text)
{
	add_char(to, '"');
	while (text.length && !to->full) {
		size_t step = plain_run(text);
		if (step)
			add_bytes(to, text.data, step);
		else
			step = add_special(to, text);
		text.data += step;
		text.length -= step;
	}
	add_char(to, '"');
}
