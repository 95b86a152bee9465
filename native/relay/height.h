/* How high a text stands on the screen. */
#ifndef CARO_RELAY_HEIGHT_H
#define CARO_RELAY_HEIGHT_H

#include <stddef.h>

/* How far below the row where it begins, and in which column, a cursor stands. */
struct cursor_at {
	size_t rows;
	int column;
};

/* Return where the cursor stands behind `text`, that began at `cursor`. Wide characters take two columns, control
 * sequences (ECMA-48) none. 0 `columns`: nothing is known of the width, and rows are those that newlines begin. */
struct cursor_at cursor_behind(struct cursor_at cursor, const char *text, size_t length, int columns);

#endif
