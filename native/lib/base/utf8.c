#include "lib/base/utf8.h"

#include <stdint.h>

/* How many bytes follow a lead byte, and the range of the first of them (the others are 80..BF). */
struct lead {
	unsigned char follow, low, high;
};

static struct lead lead_of(unsigned char byte)
{
	if (byte >= 0xC2 && byte <= 0xDF)
		return (struct lead){1, 0x80, 0xBF};
	if (byte == 0xE0)
		return (struct lead){2, 0xA0, 0xBF};
	if (byte == 0xED)
		return (struct lead){2, 0x80, 0x9F};
	if (byte >= 0xE1 && byte <= 0xEF)
		return (struct lead){2, 0x80, 0xBF};
	if (byte == 0xF0)
		return (struct lead){3, 0x90, 0xBF};
	if (byte == 0xF4)
		return (struct lead){3, 0x80, 0x8F};
	if (byte >= 0xF1 && byte <= 0xF3)
		return (struct lead){3, 0x80, 0xBF};
	return (struct lead){0, 0, 0};
}

size_t utf8_step(struct bytes text, bool *valid)
{
	const unsigned char *s = (const unsigned char *)text.data;
	*valid = s[0] < 0x80;
	if (*valid)
		return 1;
	struct lead lead = lead_of(s[0]);
	if (!lead.follow)
		return 1;
	for (size_t i = 1; i <= lead.follow; i++) {
		unsigned char low = i == 1 ? lead.low : 0x80, high = i == 1 ? lead.high : 0xBF;
		if (i >= text.length || s[i] < low || s[i] > high)
			return i;
	}
	*valid = true;
	return lead.follow + 1u;
}

static bool ascii_word(const char *at)
{
	uint64_t word;
	memcpy(&word, at, sizeof word);
	return !(word & UINT64_C(0x8080808080808080));
}

bool utf8_valid(struct bytes text)
{
	while (text.length) {
		bool valid = true;
		size_t step = 8;
		if (text.length < 8 || !ascii_word(text.data))
			step = utf8_step(text, &valid);
		if (!valid)
			return false;
		text.data += step;
		text.length -= step;
	}
	return true;
}

size_t utf8_cut(struct bytes text, size_t limit)
{
	if (text.length <= limit)
		return text.length;
	for (size_t back = 0; back < 4 && back < limit; back++)
		if (((unsigned char)text.data[limit - back] & 0xC0) != 0x80)
			return limit - back;
	return limit;
}
