#include "relay/canvas.h"

#include "relay/row.h"

#include <string.h>

/* Numbers of a CSI sequence, of which two are ever asked for. */
struct numbers {
	int values[2];
	char final;
};

static int within(int value, int low, int high)
{
	return value < low ? low : value > high ? high : value;
}

static void move_to(struct canvas *canvas, int row, int column)
{
	canvas->row = within(row, 0, canvas->rows - 1);
	canvas->column = within(column, 0, canvas->columns - 1);
	canvas->full = false;
}

static void next_row(struct canvas *canvas)
{
	if (canvas->row + 1 < canvas->rows) {
		canvas->row++;
		return;
	}
	memmove(canvas->cells[0], canvas->cells[1], sizeof canvas->cells[0] * (size_t)(canvas->rows - 1));
	memset(canvas->cells[canvas->rows - 1], 0, sizeof canvas->cells[0]);
}

static void clear_cells(struct canvas *canvas, int row, int from, int to)
{
	for (int column = from; column < to; column++)
		canvas->cells[row][column] = 0;
}

/* EL and ED: 0 behind the cursor, 1 before it, 2 all. */
static void clear_row(struct canvas *canvas, int which)
{
	clear_cells(canvas, canvas->row, which ? 0 : canvas->column, which == 1 ? canvas->column + 1 : canvas->columns);
}

static void clear_screen(struct canvas *canvas, int which)
{
	clear_row(canvas, which);
	for (int row = which ? 0 : canvas->row + 1; row < (which == 1 ? canvas->row : canvas->rows); row++)
		clear_cells(canvas, row, 0, canvas->columns);
}

/* ICH, with a negative count DCH. */
static void shift_cells(struct canvas *canvas, int count)
{
	uint32_t *cells = canvas->cells[canvas->row];
	int from = canvas->column, room = canvas->columns - from, size = within(count < 0 ? -count : count, 1, room);
	size_t rest = (size_t)(room - size) * sizeof *cells;
	if (count > 0)
		memmove(cells + from + size, cells + from, rest);
	else
		memmove(cells + from, cells + from + size, rest);
	clear_cells(canvas, canvas->row, count > 0 ? from : canvas->columns - size,
		    count > 0 ? from + size : canvas->columns);
}

static void move_by(struct canvas *canvas, const struct numbers *numbers)
{
	int first = numbers->values[0], count = within(first, 1, 9999);
	switch (numbers->final) {
	case 'A':
		move_to(canvas, canvas->row - count, canvas->column);
		return;
	case 'B':
		move_to(canvas, canvas->row + count, canvas->column);
		return;
	case 'C':
		move_to(canvas, canvas->row, canvas->column + count);
		return;
	case 'D':
		move_to(canvas, canvas->row, canvas->column - count);
		return;
	case 'E':
		move_to(canvas, canvas->row + count, 0);
		return;
	case 'F':
		move_to(canvas, canvas->row - count, 0);
		return;
	case 'G':
		move_to(canvas, canvas->row, count - 1);
		return;
	case 'd':
		move_to(canvas, count - 1, canvas->column);
		return;
	default:
		move_to(canvas, count - 1, within(numbers->values[1], 1, 9999) - 1);
	}
}

static void obey(struct canvas *canvas, const struct numbers *numbers)
{
	int first = numbers->values[0], count = within(first, 1, canvas->columns);
	if (strchr("ABCDEFGdHf", numbers->final))
		move_by(canvas, numbers);
	else if (numbers->final == 'K')
		clear_row(canvas, first);
	else if (numbers->final == 'J')
		clear_screen(canvas, first);
	else if (numbers->final == 'P')
		shift_cells(canvas, -count);
	else if (numbers->final == '@')
		shift_cells(canvas, count);
	else if (numbers->final == 'X')
		clear_cells(canvas, canvas->row, canvas->column, within(canvas->column + count, 0, canvas->columns));
}

/* Read the CSI sequence at `at`, behind "ESC ["; return where it ends. */
static size_t read_csi(const struct held *held, size_t at, struct numbers *numbers)
{
	int which = 0;
	*numbers = (struct numbers){0};
	for (; at < held->length && held->control[at]; at++) {
		char byte = held->data[at];
		if (byte >= '0' && byte <= '9' && which < 2)
			numbers->values[which] = within(numbers->values[which] * 10 + (byte - '0'), 0, 9999);
		else if (byte == ';')
			which++;
		else if (byte >= '@' && byte <= '~') {
			numbers->final = byte;
			return at + 1;
		}
	}
	return at;
}

static size_t draw_control(struct canvas *canvas, const struct held *held, size_t at)
{
	struct numbers numbers;
	switch (held->data[at]) {
	case '\n':
	case '\v':
	case '\f':
		next_row(canvas);
		break;
	case '\r':
		move_to(canvas, canvas->row, 0);
		break;
	case '\b':
		move_to(canvas, canvas->row, canvas->column - 1);
		break;
	case '\033':
		if (at + 1 < held->length && held->data[at + 1] == '[') {
			at = read_csi(held, at + 2, &numbers);
			if (numbers.final)
				obey(canvas, &numbers);
			return at;
		}
		if (at + 1 < held->length && held->data[at + 1] == '7')
			canvas->saved_row = canvas->row, canvas->saved_column = canvas->column;
		else if (at + 1 < held->length && held->data[at + 1] == '8')
			move_to(canvas, canvas->saved_row, canvas->saved_column);
		else if (at + 1 < held->length && held->data[at + 1] == 'M')
			move_to(canvas, canvas->row - 1, canvas->column);
		return at + 2;
	}
	return at + 1;
}

static void put_character(struct canvas *canvas, struct held *held, size_t at, size_t length, int columns, bool hide)
{
	if (canvas->full || canvas->column + columns > canvas->columns) {
		canvas->column = 0;
		canvas->full = false;
		next_row(canvas);
	}
	if (hide && canvas->secret[canvas->row][canvas->column])
		memset(held->hidden + at, true, length);
	canvas->cells[canvas->row][canvas->column] = (uint32_t)at + 1;
	for (int i = 1; i < columns; i++)
		canvas->cells[canvas->row][canvas->column + i] = 0;
	canvas->full = canvas->column + columns >= canvas->columns;
	canvas->column += canvas->full ? columns - 1 : columns;
}

void draw_held(struct canvas *canvas, struct held *held, bool hide)
{
	memset(canvas->cells, 0, sizeof canvas->cells);
	canvas->row = canvas->column = canvas->saved_row = canvas->saved_column = 0;
	canvas->full = false;
	for (size_t at = 0; at < held->length;) {
		uint32_t character = 0;
		if (held->control[at]) {
			at = draw_control(canvas, held, at);
			continue;
		}
		if (held->data[at] == '\t') {
			move_to(canvas, canvas->row, (canvas->column / 8 + 1) * 8);
			at++;
			continue;
		}
		size_t length = decode_character(held->data + at, held->length - at, &character);
		int columns = length ? columns_of(character) : 1;
		length = length ? length : 1;
		if (columns > 0)
			put_character(canvas, held, at, length, columns, hide);
		at += length;
	}
}

static int used_columns(const struct canvas *canvas, int row)
{
	int used = canvas->columns;
	while (used > 0 && !canvas->cells[row][used - 1])
		used--;
	return used;
}

void add_canvas(const struct canvas *canvas, const struct held *held, struct buffer *text, uint32_t *cell_of)
{
	for (int row = 0; row < canvas->rows; row++) {
		int used = used_columns(canvas, row);
		for (int column = 0; column < used && text->length + 8 < text->capacity; column++) {
			uint32_t cell = canvas->cells[row][column], character;
			const char *from = cell ? held->data + cell - 1 : " ";
			size_t room = cell ? held->length - cell + 1 : 1, before = text->length;
			size_t length = decode_character(from, room, &character);
			add_bytes(text, from, length ? length : 1);
			while (before < text->length)
				cell_of[before++] = (uint32_t)(row * CANVAS_COLUMNS + column);
		}
		if (used < canvas->columns && text->length + 8 < text->capacity) {
			cell_of[text->length] = UINT32_MAX;
			add_char(text, '\n');
		}
	}
}
