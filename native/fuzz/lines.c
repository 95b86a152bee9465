/* Fuzzes the file of typed lines and the search in it: the first byte is the length of the search, then come the search
 * and the file. */
#include "lib/lines/lines_file.h"
#include "lib/lines/match.h"

#include <stdlib.h>
#include <string.h>

static void look(const struct lines *lines, struct search *search)
{
	static unsigned char marks[1024];
	for (uint32_t line = 0; line < lines->count && line < 1000; line++) {
		struct bytes text = line_text(lines, line);
		int found = match_line(search, text);
		if (found < 0 || found > MATCH_BEST)
			abort();
		mark_matches(search, text, marks, sizeof marks);
		line_string(lines, lines->folder[line]);
	}
	find_string(lines, bytes_of("/"));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct search search;
	struct lines lines;
	size_t length = size ? data[0] : 0;
	if (!size || length > size - 1)
		return 0;
	read_search(&search, (struct bytes){(const char *)data + 1, length});
	char *file = malloc(size); /* of its own: a read behind its end is seen, and it stands at a multiple of 8 */
	memcpy(file, data + 1 + length, size - 1 - length);
	if (read_lines(&lines, file, size - 1 - length)) {
		look(&lines, &search);
		for (size_t i = 0; i < search.count; i++)
			search.terms[i].fuzzy = true;
		look(&lines, &search);
	}
	match_line(&search, (struct bytes){file, size - 1 - length});
	free(file);
	return 0;
}
