#include "relay/row.h"

#include "lib/base/utf8.h"

#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#define WIDE 0xffffffffu
/* "The usual characters": part of what ends colours in screen and tmux (sgr0 of their terminfo). */
#define SHIFT_IN '\017'

/* Nothing is known but where a prompt begins. */
static void lose(struct row *row)
{
	row->begun = row->in_column = false;
}

void resize_row(struct row *row, int columns)
{
	row->columns = columns > 1 && columns <= COLUMNS_MAX ? columns : 0;
	memset(row->cells, 0, sizeof row->cells);
	row->cursor = row->saved = (struct place){0};
	row->following = row->following && row->columns > 0;
	lose(row);
}

void begin_prompt(struct row *row)
{
	row->begun = false;
	row->state = TEXT;
	row->missing = 0;
	if (row->following && row->in_column)
		return; /* it is drawn anew, over what is known */
	memset(row->cells, 0, sizeof row->cells);
	row->cursor = row->saved = (struct place){0};
	row->in_column = row->last == '\n' || row->last == '\r' || !row->last;
	row->following = row->columns > 0;
}

static void clear_from(struct row *row, int line, int column)
{
	memset(&row->cells[line][column], 0, (size_t)(COLUMNS_MAX - column) * sizeof row->cells[0][0]);
}

void end_prompt(struct row *row)
{
	row->following = row->columns > 0;
	if (!row->following || !row->in_column || row->state != TEXT)
		return;
	row->start = row->cursor;
	row->begun = true;
	memcpy(row->prompt, row->cells[row->start.line], sizeof row->prompt);
}

void end_line(struct row *row)
{
	lose(row);
	row->following = false;
}

/* Makes room above the first row that is known. */
static void shift_down(struct row *row)
{
	memmove(row->cells[1], row->cells[0], sizeof row->cells - sizeof row->cells[0]);
	clear_from(row, 0, 0);
	row->cursor.line++;
	row->start.line++;
	row->saved.line++;
	if (row->start.line >= ROWS_MAX || row->saved.line >= ROWS_MAX)
		lose(row);
	row->start.line %= ROWS_MAX;
	row->saved.line %= ROWS_MAX;
}

/* The rows that scrolled away are those of a long prompt, or of a list above a new one. */
static void shift_up(struct row *row)
{
	memmove(row->cells[0], row->cells[1], sizeof row->cells - sizeof row->cells[0]);
	clear_from(row, ROWS_MAX - 1, 0);
	row->cursor.line--;
	row->saved.line -= row->saved.line > 0;
	if (row->start.line-- == 0) {
		row->start.line = 0;
		row->begun = false;
	}
}

static void move_lines(struct row *row, int lines)
{
	row->cursor.full = false;
	row->cursor.line += lines;
	while (row->cursor.line < 0)
		shift_down(row);
	while (row->cursor.line >= ROWS_MAX)
		shift_up(row);
}

static void move_to_column(struct row *row, int column)
{
	row->cursor.full = false;
	row->cursor.column = column < 0 ? 0 : column < row->columns ? column : row->columns - 1;
}

int columns_of(uint32_t character)
{
	if (character < 0x80)
		return character >= 0x20 && character != 0x7f ? 1 : -1;
	/* Joiners and variation selectors are drawn in as many ways as there are terminals. */
	int columns = wcwidth((wchar_t)character);
	return columns > 0 ? columns : -1;
}

static void put(struct row *row, uint32_t character)
{
	int columns = columns_of(character);
	if (columns < 0) {
		lose(row);
		return;
	}
	if (row->cursor.full || row->cursor.column + columns > row->columns) {
		move_lines(row, 1);
		move_to_column(row, 0);
	}
	uint32_t *cells = row->cells[row->cursor.line] + row->cursor.column;
	cells[0] = character;
	if (columns == 2)
		cells[1] = WIDE;
	row->cursor.column += columns;
	if (row->cursor.column >= row->columns) {
		row->cursor.column = row->columns - 1;
		row->cursor.full = true;
	}
}

static void erase(struct row *row, int from, int to)
{
	uint32_t *cells = row->cells[row->cursor.line];
	for (int column = from; column < to && column < COLUMNS_MAX; column++)
		cells[column] = 0;
}

static void erase_in_line(struct row *row, int way)
{
	erase(row, way == 0 ? row->cursor.column : 0, way == 1 ? row->cursor.column + 1 : COLUMNS_MAX);
}

static void erase_in_screen(struct row *row, int way)
{
	if (way == 1) {
		lose(row);
		return;
	}
	if (way == 0) {
		erase_in_line(row, 0);
		for (int line = row->cursor.line + 1; line < ROWS_MAX; line++)
			clear_from(row, line, 0);
	} else if (way == 2) {
		memset(row->cells, 0, sizeof row->cells);
	}
}

static void go_home(struct row *row)
{
	row->cursor = (struct place){0};
	row->in_column = true;
	row->begun = false; /* what stands there is not what stood in row 0 */
	memset(row->cells, 0, sizeof row->cells);
}

static void open_gap(struct row *row, int count)
{
	uint32_t *at = row->cells[row->cursor.line] + row->cursor.column;
	int rest = row->columns - row->cursor.column;
	count = count < rest ? count : rest;
	memmove(at + count, at, (size_t)(rest - count) * sizeof *at);
	memset(at, 0, (size_t)count * sizeof *at);
}

static void close_gap(struct row *row, int count)
{
	uint32_t *at = row->cells[row->cursor.line] + row->cursor.column;
	int rest = row->columns - row->cursor.column;
	count = count < rest ? count : rest;
	memmove(at, at + count, (size_t)(rest - count) * sizeof *at);
	memset(at + rest - count, 0, (size_t)count * sizeof *at);
}

static void restore_cursor(struct row *row)
{
	row->cursor = row->saved;
}

/* Modes that change nothing of what stands where: the cursor's looks and keys, bracketed paste, focus reports,
 * synchronised drawing. */
static bool is_harmless_mode(const char *sequence)
{
	static const int harmless[] = {1, 12, 25, 1004, 2004, 2026};
	int mode = *sequence == '?' ? atoi(sequence + 1) : 0;
	for (size_t i = 0; i < sizeof harmless / sizeof *harmless; i++)
		if (mode == harmless[i] && !strchr(sequence, ';'))
			return true;
	return false;
}

static bool is_plain(const char *sequence)
{
	return strspn(sequence, "0123456789") == strlen(sequence);
}

/* A sequence without a number, or with one, that moves or changes cells; false: it is none of those. */
static bool edit(struct row *row, char final, const char *sequence)
{
	int given = atoi(sequence), count = given > 0 ? given : 1;
	if (!is_plain(sequence) || count > 9999)
		return false;
	switch (final) {
	case 'A':
		count = count < ROWS_MAX ? count : ROWS_MAX;
		return move_lines(row, -count), true;
	case 'B':
		count = count < ROWS_MAX ? count : ROWS_MAX;
		return move_lines(row, count), true;
	case 'C':
		return move_to_column(row, row->cursor.column + count), true;
	case 'D':
		return move_to_column(row, row->cursor.column - count), true;
	case 'G':
		row->in_column = true;
		return move_to_column(row, count - 1), true;
	case 'K':
		return erase_in_line(row, given), true;
	case 'J':
		return erase_in_screen(row, given), true;
	case '@':
		return open_gap(row, count), true;
	case 'P':
		return close_gap(row, count), true;
	case 'X':
		return erase(row, row->cursor.column, row->cursor.column + count), true;
	case 's':
		return row->saved = row->cursor, true;
	case 'u':
		return restore_cursor(row), true;
	default:
		return false;
	}
}

/* What comes between the introducer and the last byte stands in `sequence`. */
static void take_control(struct row *row, char final)
{
	const char *sequence = row->sequence;
	row->sequence[row->length] = '\0';
	if (final == 'm' || final == 'n' || final == 'c' || (final == 'q' && strchr(sequence, ' ')))
		return; /* looks, questions to the terminal, the cursor's form */
	if ((final == 'h' || final == 'l') && is_harmless_mode(sequence))
		return;
	if (final == 'H' && (!*sequence || !strcmp(sequence, "1;1")))
		go_home(row);
	else if (!edit(row, final, sequence))
		lose(row);
}

static void take_escape(struct row *row, char c)
{
	row->state = TEXT;
	row->length = 0;
	if (c == '[')
		row->state = CONTROL;
	else if (c == ']' || c == 'P' || c == '_' || c == '^' || c == 'k')
		row->state = STRING; /* a title, a mark of somebody else's */
	else if (c == '(' || c == ')')
		row->state = CHARSET;
	else if (c == '7')
		row->saved = row->cursor;
	else if (c == '8')
		restore_cursor(row);
	else if (c != '=' && c != '>' && c != '\\')
		lose(row);
}

static void take_byte_of_control(struct row *row, char c)
{
	if (c >= 0x40 && c <= 0x7e) {
		row->state = TEXT;
		take_control(row, c);
	} else if (c < 0x20 || row->length + 1 >= SEQUENCE_MAX) {
		row->state = TEXT;
		lose(row);
	} else {
		row->sequence[row->length++] = c;
	}
}

static void take_character_byte(struct row *row, unsigned char c)
{
	if (row->missing && (c & 0xc0) == 0x80) {
		row->character = row->character << 6 | (c & 0x3f);
		if (!--row->missing)
			put(row, row->character);
	} else if (!row->missing && c >= 0xc2 && c <= 0xf4) {
		row->missing = c >= 0xf0 ? 3 : c >= 0xe0 ? 2 : 1;
		row->character = c & (0x3fu >> row->missing);
	} else {
		row->missing = 0;
		lose(row);
	}
}

static void take_text(struct row *row, char c)
{
	if ((unsigned char)c >= 0x80) {
		take_character_byte(row, (unsigned char)c);
		return;
	}
	if (row->missing) {
		row->missing = 0;
		lose(row);
	}
	if (c >= 0x20 && c != 0x7f)
		put(row, (uint32_t)c);
	else if (c == '\033')
		row->state = ESCAPE;
	else if (c == '\r')
		row->in_column = true, move_to_column(row, 0);
	else if (c == '\n')
		move_lines(row, 1);
	else if (c == '\b')
		move_to_column(row, row->cursor.column - 1);
	else if (c == '\t')
		move_to_column(row, (row->cursor.column / 8 + 1) * 8);
	else if (c != '\a' && c != '\0' && c != SHIFT_IN)
		lose(row);
}

static void take_byte(struct row *row, char c)
{
	switch (row->state) {
	case TEXT:
		take_text(row, c);
		break;
	case ESCAPE:
		take_escape(row, c);
		break;
	case CHARSET:
		row->state = TEXT;
		if (c != 'B')
			lose(row);
		break;
	case CONTROL:
		take_byte_of_control(row, c);
		break;
	case STRING:
		row->state = c == '\a' ? TEXT : c == '\033' ? STRING_ESCAPE : STRING;
		break;
	case STRING_ESCAPE:
		row->state = c == '\\' ? TEXT : STRING;
		break;
	}
}

/* The length without ESC [ ? 2004 h, ESC [ m, ESC [ K or ESC ( B at the end. */
static size_t without_mode(const char *data, size_t length)
{
	if (length >= 3 && !memcmp(data + length - 3, "\033(B", 3))
		return length - 3;
	if (!length || !data[length - 1] || !strchr("hlmK", data[length - 1]))
		return length;
	size_t at = length - 1;
	while (at > 0 && data[at - 1] && strchr("0123456789;?", data[at - 1]))
		at--;
	return at >= 2 && data[at - 1] == '[' && data[at - 2] == '\033' ? at - 2 : length;
}

/* The length without a title, or another OSC that BEL or ESC \ ends, at the end. */
static size_t without_title(const char *data, size_t length)
{
	size_t at = length;
	if (at >= 2 && data[at - 1] == '\\' && data[at - 2] == '\033')
		at -= 2;
	else if (at >= 1 && data[at - 1] == '\a')
		at--;
	else
		return length;
	while (at > 0 && (unsigned char)data[at - 1] >= 0x20)
		at--;
	return at > 0 && data[at - 1] == '\033' && at < length && data[at] == ']' ? at - 1 : length;
}

/* The length without what moves nothing at the end. */
static size_t without_modes(const char *data, size_t length)
{
	for (;;) {
		size_t left = without_title(data, without_mode(data, length));
		left -= left && data[left - 1] == SHIFT_IN;
		if (left == length)
			return length;
		length = left;
	}
}

void follow(struct row *row, const char *data, size_t length)
{
	size_t moved = without_modes(data, length);
	if (moved)
		row->last = data[moved - 1];
	for (size_t i = 0; row->following && i < length; i++)
		take_byte(row, data[i]);
}

static void add_character(struct buffer *to, uint32_t c)
{
	if (c < 0x80) {
		add_char(to, (char)c);
	} else if (c < 0x800) {
		add_char(to, (char)(0xc0 | c >> 6));
		add_char(to, (char)(0x80 | (c & 63)));
	} else {
		add_char(to, (char)(c < 0x10000 ? 0xe0 | c >> 12 : 0xf0 | c >> 18));
		if (c >= 0x10000)
			add_char(to, (char)(0x80 | (c >> 12 & 63)));
		add_char(to, (char)(0x80 | (c >> 6 & 63)));
		add_char(to, (char)(0x80 | (c & 63)));
	}
}

/* Adds what stands in a row between two columns; false where a cell is empty. */
static bool add_cells(const struct row *row, struct buffer *line, int number, int from, int to)
{
	for (int column = from; column < to; column++) {
		uint32_t cell = row->cells[number][column];
		if (!cell)
			return false;
		if (cell != WIDE)
			add_character(line, cell);
	}
	return true;
}

static bool is_empty(const struct row *row, int line, int column)
{
	for (; column < row->columns; column++)
		if (row->cells[line][column] && row->cells[line][column] != ' ')
			return false;
	return true;
}

/* Where a wide character did not fit any more, the last cell of a row stays empty. */
static int end_of_full_row(const struct row *row, int line)
{
	int end = row->columns;
	bool wide_below = line + 1 < ROWS_MAX && row->cells[line + 1][1] == WIDE;
	return wide_below && !row->cells[line][end - 1] ? end - 1 : end;
}

static bool is_prompt_whole(const struct row *row)
{
	int columns = row->start.full ? row->columns : row->start.column;
	return !memcmp(row->prompt, row->cells[row->start.line], (size_t)columns * sizeof *row->prompt);
}

bool typed_line(const struct row *row, struct buffer *line)
{
	const struct place *at = &row->cursor, *start = &row->start;
	if (!row->begun || !row->following || row->state != TEXT || row->missing || at->full || start->full ||
	    at->line < start->line || (at->line == start->line && at->column < start->column) || !is_prompt_whole(row))
		return false;
	for (int number = start->line; number < at->line; number++)
		if (!add_cells(row, line, number, number == start->line ? start->column : 0,
			       end_of_full_row(row, number)))
			return false;
	if (!add_cells(row, line, at->line, at->line == start->line ? start->column : 0, at->column))
		return false;
	for (int number = at->line + 1; number < ROWS_MAX; number++)
		if (!is_empty(row, number, 0))
			return false;
	return is_empty(row, at->line, at->column);
}

int free_columns(const struct row *row)
{
	int free = row->columns - row->cursor.column - 1;
	return free > 0 && !row->cursor.full ? free : 0;
}

size_t decode_character(const char *text, size_t length, uint32_t *character)
{
	static const unsigned char first[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
	bool valid;
	if (!length)
		return 0;
	size_t bytes = utf8_step((struct bytes){text, length}, &valid);
	if (!valid)
		return 0;
	*character = (unsigned char)text[0] & first[bytes];
	for (size_t i = 1; i < bytes; i++)
		*character = *character << 6 | ((unsigned char)text[i] & 0x3f);
	return bytes;
}
