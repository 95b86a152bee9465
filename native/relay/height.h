/* How high a text stands on the screen. */
#ifndef CARO_RELAY_HEIGHT_H
#define CARO_RELAY_HEIGHT_H

#include <stddef.h>

/* How many rows the cursor moved down while a text was written from the first column on; control sequences and strings
 * (ECMA-48) take none. 0 `columns`: nothing is known of the width, and rows are those that newlines begin. */
size_t rows_below(const char *text, size_t length, int columns);

#endif
