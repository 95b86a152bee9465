/* Kinds of characters, and runs of them in a text of `end` bytes. */
#ifndef CARO_REDACT_CHARS_H
#define CARO_REDACT_CHARS_H

#include "lib/base/bytes.h"

#include <stdbool.h>
#include <stddef.h>

enum chars {
	C_LETTER = 1,
	C_DIGIT = 2,
	C_NAME = 4, /* letters, digits, _ - . */
	C_SPACE = 8,
	C_QUOTE = 16,
	C_END = 32, /* ends an unquoted value */
	C_BASE64 = 64,
	C_HEX = 128,
	C_UPPER = 256,                     /* capitals and digits */
	C_BLANK = 512,                     /* space and tab */
	C_HASH = C_BASE64 | C_NAME | 1024, /* what crypt(5) makes */
	C_SMALL = 2048,
	C_CAPITAL = 4096,
	C_LOOSE = 8192, /* those of a name, and + ! # $ ^ * ~ */
	C_ALNUM = C_LETTER | C_DIGIT,
};

bool is_char(char c, unsigned set);
char lower_char(char c);
/* Return, from `at` on, the first place that is not, or is, in the set; before `at`: the start of the run that ends
 * there. */
size_t run_of(const char *text, size_t at, size_t end, unsigned set);
size_t until_of(const char *text, size_t at, size_t end, unsigned set);
size_t back_of(const char *text, size_t at, size_t start, unsigned set);
/* Return where `needle` begins in text[at, end), `end` + 1 where it doesn't. */
size_t find_in(const char *text, size_t at, size_t end, const char *needle);
size_t find_char(const char *text, size_t at, size_t end, char c);
bool starts_with(const char *text, size_t at, size_t end, const char *prefix);
bool is_word(const char *string, struct bytes word);

#endif
