/* Where on the screen held bytes stand in the end: what was typed with corrections, wrapped or drawn by a program is
 * no row of characters in the stream. */
#ifndef CARO_RELAY_CANVAS_H
#define CARO_RELAY_CANVAS_H

#include "lib/base/buffer.h"
#include "relay/held.h"

#define CANVAS_ROWS 128
#define CANVAS_COLUMNS 512

struct canvas {
	int rows, columns;
	int row, column, saved_row, saved_column;
	bool full; /* the last column was written: the next character goes into the next row */
	uint32_t cells[CANVAS_ROWS][CANVAS_COLUMNS]; /* 1 + where the character stands in the held bytes; 0: empty */
	bool secret[CANVAS_ROWS][CANVAS_COLUMNS];
};

/* Draw what is held on an empty canvas of a terminal's size. `hide`: each character that comes to stand on a secret cell
 * is hidden. */
void draw_held(struct canvas *canvas, struct held *held, bool hide);
/* Add the canvas as text, rows that go on in the next one without a newline; `cell_of` has each byte's cell, counted
 * row by row. */
void add_canvas(const struct canvas *canvas, const struct held *held, struct buffer *text, uint32_t *cell_of);

#endif
