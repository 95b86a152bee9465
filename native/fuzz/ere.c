/* Expressions and texts: a line end stands between them. Where it finds something, that lies inside the text. */
#include "lib/base/ere.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct ere_search search;
	struct ere ere;
	const uint8_t *line_end = memchr(data, '\n', size);
	size_t length = line_end ? (size_t)(line_end - data) : size, start = 0, end = 0;
	char *pattern = calloc(1, length + 1);
	struct ere_step *steps = malloc(ERE_STEPS_MAX * sizeof *steps); /* so that a write past its end is seen */
	memcpy(pattern, data, length);
	if (line_end && ere_compile(&ere, steps, ERE_STEPS_MAX, pattern) == ERE_FINE) {
		const char *text = (const char *)line_end + 1;
		size_t rest = size - length - 1;
		uint32_t ignored;
		for (size_t at = 0; at <= rest && ere_find(&ere, &search, text, rest, at, &start, &end);) {
			if (start < at || end < start || end > rest)
				abort();
			at = end > start ? end : end + ere_char(text + end, rest - end, &ignored) + (end == rest);
		}
	}
	free(steps);
	free(pattern);
	return 0;
}
