#include "lib/redact/redact_chars.h"

#include <string.h>

static const unsigned short kinds[128] = {
#define LETTER_KINDS (C_LETTER | C_NAME | C_BASE64 | C_LOOSE)
#define SMALL_KINDS (LETTER_KINDS | C_SMALL)
	['a'] = SMALL_KINDS | C_HEX,
	['b'] = SMALL_KINDS | C_HEX,
	['c'] = SMALL_KINDS | C_HEX,
	['d'] = SMALL_KINDS | C_HEX,
	['e'] = SMALL_KINDS | C_HEX,
	['f'] = SMALL_KINDS | C_HEX,
	['g'] = SMALL_KINDS,
	['h'] = SMALL_KINDS,
	['i'] = SMALL_KINDS,
	['j'] = SMALL_KINDS,
	['k'] = SMALL_KINDS,
	['l'] = SMALL_KINDS,
	['m'] = SMALL_KINDS,
	['n'] = SMALL_KINDS,
	['o'] = SMALL_KINDS,
	['p'] = SMALL_KINDS,
	['q'] = SMALL_KINDS,
	['r'] = SMALL_KINDS,
	['s'] = SMALL_KINDS,
	['t'] = SMALL_KINDS,
	['u'] = SMALL_KINDS,
	['v'] = SMALL_KINDS,
	['w'] = SMALL_KINDS,
	['x'] = SMALL_KINDS,
	['y'] = SMALL_KINDS,
	['z'] = SMALL_KINDS,
#define CAPITAL_KINDS (LETTER_KINDS | C_UPPER | C_CAPITAL)
	['A'] = CAPITAL_KINDS | C_HEX,
	['B'] = CAPITAL_KINDS | C_HEX,
	['C'] = CAPITAL_KINDS | C_HEX,
	['D'] = CAPITAL_KINDS | C_HEX,
	['E'] = CAPITAL_KINDS | C_HEX,
	['F'] = CAPITAL_KINDS | C_HEX,
	['G'] = CAPITAL_KINDS,
	['H'] = CAPITAL_KINDS,
	['I'] = CAPITAL_KINDS,
	['J'] = CAPITAL_KINDS,
	['K'] = CAPITAL_KINDS,
	['L'] = CAPITAL_KINDS,
	['M'] = CAPITAL_KINDS,
	['N'] = CAPITAL_KINDS,
	['O'] = CAPITAL_KINDS,
	['P'] = CAPITAL_KINDS,
	['Q'] = CAPITAL_KINDS,
	['R'] = CAPITAL_KINDS,
	['S'] = CAPITAL_KINDS,
	['T'] = CAPITAL_KINDS,
	['U'] = CAPITAL_KINDS,
	['V'] = CAPITAL_KINDS,
	['W'] = CAPITAL_KINDS,
	['X'] = CAPITAL_KINDS,
	['Y'] = CAPITAL_KINDS,
	['Z'] = CAPITAL_KINDS,
#define DIGIT_KINDS (C_DIGIT | C_NAME | C_BASE64 | C_HEX | C_UPPER | C_LOOSE)
	['0'] = DIGIT_KINDS,
	['1'] = DIGIT_KINDS,
	['2'] = DIGIT_KINDS,
	['3'] = DIGIT_KINDS,
	['4'] = DIGIT_KINDS,
	['5'] = DIGIT_KINDS,
	['6'] = DIGIT_KINDS,
	['7'] = DIGIT_KINDS,
	['8'] = DIGIT_KINDS,
	['9'] = DIGIT_KINDS,
	['$'] = (C_HASH & ~(C_BASE64 | C_NAME)) | C_LOOSE,
	['_'] = C_NAME | C_BASE64 | C_LOOSE,
	['-'] = C_NAME | C_BASE64 | C_LOOSE,
	['.'] = C_NAME | C_LOOSE,
	['+'] = C_BASE64 | C_LOOSE,
	['!'] = C_LOOSE,
	['#'] = C_LOOSE,
	['^'] = C_LOOSE,
	['*'] = C_LOOSE,
	['~'] = C_LOOSE,
	['/'] = C_BASE64,
	['='] = C_BASE64,
	[' '] = C_SPACE | C_END | C_BLANK,
	['\t'] = C_SPACE | C_END | C_BLANK,
	['\n'] = C_SPACE | C_END,
	['\r'] = C_SPACE | C_END,
	['"'] = C_QUOTE | C_END,
	['\''] = C_QUOTE | C_END,
	['`'] = C_QUOTE | C_END,
	['&'] = C_END,
	[';'] = C_END,
	[','] = C_END,
	[')'] = C_END,
	['}'] = C_END,
	[']'] = C_END,
	['|'] = C_END,
	['<'] = C_END,
	['>'] = C_END,
	['\\'] = C_END,
};

bool is_char(char c, unsigned set)
{
	return (unsigned char)c < 128 && (kinds[(unsigned char)c] & set) != 0;
}

char lower_char(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

size_t run_of(const char *text, size_t at, size_t end, unsigned set)
{
	while (at < end && is_char(text[at], set))
		at++;
	return at;
}

size_t until_of(const char *text, size_t at, size_t end, unsigned set)
{
	while (at < end && !is_char(text[at], set))
		at++;
	return at;
}

size_t back_of(const char *text, size_t at, size_t start, unsigned set)
{
	while (at > start && is_char(text[at - 1], set))
		at--;
	return at;
}

bool starts_with(const char *text, size_t at, size_t end, const char *prefix)
{
	if (*prefix && (at >= end || text[at] != *prefix))
		return false; /* nearly always, and quickly */
	size_t length = strlen(prefix);
	return at <= end && length <= end - at && memcmp(text + at, prefix, length) == 0;
}

bool is_word(const char *string, struct bytes word)
{
	return strlen(string) == word.length && memcmp(string, word.data, word.length) == 0;
}

size_t find_in(const char *text, size_t at, size_t end, const char *needle)
{
	for (; at < end; at++) {
		const char *hit = memchr(text + at, needle[0], end - at);
		if (!hit)
			break;
		at = (size_t)(hit - text);
		if (starts_with(text, at, end, needle))
			return at;
	}
	return end + 1;
}

size_t find_char(const char *text, size_t at, size_t end, char c)
{
	const char *hit = at < end ? memchr(text + at, c, end - at) : NULL;
	return hit ? (size_t)(hit - text) : end + 1;
}
