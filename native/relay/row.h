/* What stands in the rows from the prompt on, followed by the bytes that a line editor writes: which text is typed, and
 * whether the cursor stands behind it. It knows the few sequences that prompts and readline write; after any other it
 * knows nothing until the next prompt. Nothing of it is asked of the terminal. */
#ifndef CARO_RELAY_ROW_H
#define CARO_RELAY_ROW_H

#include "lib/base/buffer.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ROWS_MAX 24
#define COLUMNS_MAX 512
#define SEQUENCE_MAX 24

struct place {
	int line, column;
	bool full; /* the last column was written: the next character goes into the next row */
};

struct row {
	uint32_t cells[ROWS_MAX][COLUMNS_MAX]; /* characters; 0: empty; WIDE: the second half of one */
	uint32_t prompt[COLUMNS_MAX];          /* of the row in which the line begins, what the prompt left there */
	int columns;                           /* of the terminal; 0: none that can be followed */
	struct place cursor, saved, start;     /* `start`: of the line */
	bool in_column;                        /* the cursor's column is known */
	bool begun;                            /* a prompt has ended and nothing unknown came since */
	char last; /* byte of what came, sequences that move nothing aside, whether it was followed or not */
	/* Of what is not whole yet. */
	enum { TEXT, ESCAPE, CHARSET, CONTROL, STRING, STRING_ESCAPE } state;
	char sequence[SEQUENCE_MAX];
	size_t length;
	uint32_t character;
	int missing; /* bytes of the character */
	bool following;
};

/* Take the terminal's new size: what stood where is not known any more. */
void resize_row(struct row *row, int columns);
/* A prompt begins where the cursor is. */
void begin_prompt(struct row *row);
/* The prompt has ended: the line begins where the cursor is. */
void end_prompt(struct row *row);
/* The line is over, whatever comes. */
void end_line(struct row *row);
/* Follow what is shown. */
void follow(struct row *row, const char *data, size_t length);
/* Add the typed line as UTF-8; false where the cursor does not stand at its end, or nobody knows. */
bool typed_line(const struct row *row, struct buffer *line);
/* Return the columns that are free behind the cursor, without the last one. */
int free_columns(const struct row *row);
/* Return the columns of a character; -1: none that can be drawn or followed. */
int columns_of(uint32_t character);
/* Decode the character at the start of `text` into `*character`; its length, 0 where there is none. */
size_t decode_character(const char *text, size_t length, uint32_t *character);

#endif
