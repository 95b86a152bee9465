/* Expressions and texts: a line end stands between them. Where it finds something, that lies inside the text. */
#include "lib/base/ere.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct ere ere;
	const uint8_t *line_end = memchr(data, '\n', size);
	size_t length = line_end ? (size_t)(line_end - data) : size, start = 0, end = 0;
	char *pattern = calloc(1, length + 1);
	memcpy(pattern, data, length);
	if (line_end && ere_compile(&ere, pattern)) {
		size_t rest = size - length - 1;
		for (size_t at = 0; ere_find(&ere, (const char *)line_end + 1, rest, at, &start, &end);) {
			if (start < at || end < start || end > rest)
				abort();
			at = end > start ? end : end + 1;
		}
	}
	free(pattern);
	return 0;
}
