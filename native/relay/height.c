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
static void advance(struct cursor_at *at, int width, int columns)
{
	if (columns > 0 && at->column + width > columns) {
		at->rows++;
		at->column = 0;
	}
	at->column += width > 0 ? width : 0;
}

struct cursor_at cursor_behind(struct cursor_at cursor, const char *text, size_t length, int columns)
{
	size_t at = 0;
	while (at < length) {
		uint32_t character = 0;
		size_t size = 1;
		if (text[at] == '\033') {
			size = sequence_length(text + at, length - at);
		} else if (text[at] == '\n') {
			cursor.rows++;
		} else if (text[at] == '\r') {
			cursor.column = 0;
		} else if ((unsigned char)text[at] >= ' ') {
			size = decode_character(text + at, length - at, &character);
			advance(&cursor, size ? columns_of(character) : 1, columns);
			size = size ? size : 1;
		}
		at += size;
	}
	return cursor;
}
