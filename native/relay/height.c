#include "relay/height.h"

#include "relay/row.h"

#include <string.h>

/* Where the control sequence or string at `text` (its ESC) ends. */
static size_t sequence_length(const char *text, size_t length)
{
	size_t at = 2;
	if (length < 2)
		return length;
	if (strchr("]PX^_", text[1])) {
		while (at < length && text[at] != '\a' && text[at] != '\033')
			at++;
		at += at < length && text[at] == '\033'; /* ESC \ */
	} else if (text[1] == '[') {
		while (at < length && !(text[at] >= '@' && text[at] <= '~'))
			at++;
	} else {
		at = 1;
		while (at < length && text[at] >= ' ' && text[at] <= '/')
			at++;
	}
	return at < length ? at + 1 : length;
}

/* What a character adds; a last column that is full wraps with the next one. */
static void advance(size_t *rows, int *column, int width, int columns)
{
	if (columns > 0 && *column + width > columns) {
		++*rows;
		*column = 0;
	}
	*column += width > 0 ? width : 0;
}

size_t rows_below(const char *text, size_t length, int columns)
{
	size_t rows = 0, at = 0;
	int column = 0;
	while (at < length) {
		uint32_t character = 0;
		size_t size = 1;
		if (text[at] == '\033') {
			size = sequence_length(text + at, length - at);
		} else if (text[at] == '\n') {
			rows++;
		} else if (text[at] == '\r') {
			column = 0;
		} else if ((unsigned char)text[at] >= ' ') {
			size = decode_character(text + at, length - at, &character);
			advance(&rows, &column, size ? columns_of(character) : 1, columns);
			size = size ? size : 1;
		}
		at += size;
	}
	return rows;
}
