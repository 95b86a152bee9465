/* ere_spans: the engine, for the tests. Reads lines "PATTERN TEXT" in hexadecimal (`-`: empty) and prints START-END, in
 * bytes, of each match that is not empty; `?` where the pattern can't be read. */
#include "lib/base/ere.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE_MAX_BYTES (1 << 20)

static size_t read_hex(const char *word, char *to)
{
	size_t length = 0;
	for (; word[0] != '-' && word[0] && word[1]; word += 2) {
		char pair[3] = {word[0], word[1], 0};
		to[length++] = (char)strtol(pair, NULL, 16);
	}
	to[length] = '\0';
	return length;
}

static void print_spans(const struct ere *ere, const char *text, size_t length)
{
	static struct ere_search search;
	size_t start, end;
	uint32_t ignored;
	for (size_t at = 0; at <= length && ere_find(ere, &search, text, length, at, &start, &end);) {
		if (end > start)
			printf("%zu-%zu ", start, end);
		at = end > start ? end : end + ere_char(text + end, length - end, &ignored) + (end == length);
	}
}

int main(void)
{
	static char line[LINE_MAX_BYTES], pattern[LINE_MAX_BYTES], text[LINE_MAX_BYTES];
	static struct ere_step steps[ERE_STEPS_MAX];
	struct ere ere;
	while (fgets(line, sizeof line, stdin)) {
		char *second = strchr(line, ' ');
		if (!second)
			return 1;
		*second++ = '\0';
		second[strcspn(second, "\n")] = '\0';
		read_hex(line, pattern);
		size_t length = read_hex(second, text);
		if (ere_compile(&ere, steps, ERE_STEPS_MAX, pattern))
			printf("?");
		else
			print_spans(&ere, text, length);
		putchar('\n');
	}
	return 0;
}
