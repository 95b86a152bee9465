#include "relay/held.h"

#include <string.h>

#define SEQUENCE_MAX 64

static void add_held(struct held *held, char byte, bool control)
{
	held->data[held->length] = byte;
	held->control[held->length] = control;
	held->hidden[held->length] = false;
	held->length++;
}

/* ECMA-48 5.6: DCS, SOS, OSC, PM, APC begin a string. */
static bool begins_string(char byte)
{
	return byte == 'P' || byte == 'X' || byte == ']' || byte == '^' || byte == '_';
}

static bool switches_screen(const char *sequence, size_t length)
{
	static const char *const modes[] = {"\033[?1049", "\033[?1047", "\033[?47"};
	for (size_t i = 0; i < sizeof modes / sizeof *modes; i++)
		if (length == strlen(modes[i]) + 1 && !memcmp(sequence, modes[i], length - 1))
			return true;
	return false;
}

/* True where the line has ended with it: the other screen is left. */
static bool end_sequence(struct held *held, char final)
{
	const char *sequence = held->data + held->sequence_start;
	size_t length = held->length - held->sequence_start;
	held->sequence = SEQUENCE_NONE;
	if (final != 'm' && final != 'h' && final != 'l')
		held->moved = true;
	if ((final != 'h' && final != 'l') || !switches_screen(sequence, length))
		return false;
	held->moved = true;
	bool left = held->other_screen && final == 'l';
	held->other_screen = final == 'h';
	return left;
}

static bool hold_in_escape(struct held *held, char byte)
{
	if (begins_string(byte)) {
		held->length = held->sequence_start;
		held->sequence = SEQUENCE_STRING;
		return false;
	}
	add_held(held, byte, true);
	if (byte == '[') {
		held->sequence = SEQUENCE_CSI;
	} else if (byte < ' ' || byte > '/') { /* no intermediate byte: it ends here */
		held->moved = held->moved || (byte != '=' && byte != '>');
		held->sequence = SEQUENCE_NONE;
	}
	return false;
}

static bool hold_in_csi(struct held *held, char byte)
{
	add_held(held, byte, true);
	if (byte >= '@' && byte <= '~')
		return end_sequence(held, byte);
	if (byte < ' ' || held->length - held->sequence_start > SEQUENCE_MAX)
		held->sequence = SEQUENCE_NONE;
	return false;
}

static bool hold_in_string(struct held *held, char byte)
{
	if (byte == '\a' || byte == 0x18 || byte == 0x1a || (held->sequence == SEQUENCE_STRING_ESCAPE && byte == '\\'))
		held->sequence = SEQUENCE_NONE;
	else
		held->sequence = byte == '\033' ? SEQUENCE_STRING_ESCAPE : SEQUENCE_STRING;
	return false;
}

static bool hold_text(struct held *held, char byte)
{
	bool control = (byte >= 0 && byte < ' ') || byte == 0x7f;
	if (byte == '\033') {
		held->sequence = SEQUENCE_ESCAPE;
		held->sequence_start = held->length;
	}
	held->moved = held->moved || byte == '\b' || (held->last == '\r' && byte != '\n' && byte != '\r');
	held->last = byte;
	add_held(held, byte, control && byte != '\t');
	return byte == '\n' && !held->other_screen;
}

static bool hold_byte(struct held *held, char byte)
{
	switch (held->sequence) {
	case SEQUENCE_ESCAPE:
		return hold_in_escape(held, byte);
	case SEQUENCE_CSI:
		return hold_in_csi(held, byte);
	case SEQUENCE_STRING:
	case SEQUENCE_STRING_ESCAPE:
		return hold_in_string(held, byte);
	default:
		return hold_text(held, byte);
	}
}

/* With no place for one more, what arrives is told as of the last one's time. */
static void begin_piece(struct held *held, uint64_t us)
{
	const struct piece *last = held->piece_count ? held->pieces + held->piece_count - 1 : NULL;
	if (!last || ((last->us != us || last->rows) && held->piece_count < PIECES_MAX))
		held->pieces[held->piece_count++] = (struct piece){.us = us};
}

size_t hold_bytes(struct held *held, const char *data, size_t length, uint64_t us, bool *ended)
{
	size_t taken = 0;
	*ended = false;
	begin_piece(held, us);
	while (taken < length && held->length < HELD_MAX && !*ended)
		*ended = hold_byte(held, data[taken++]);
	held->pieces[held->piece_count - 1].end = held->length;
	return taken;
}

void hold_size(struct held *held, uint64_t us, int rows, int columns)
{
	if (held->piece_count < PIECES_MAX - 1)
		held->pieces[held->piece_count++] = (struct piece){us, held->length, rows, columns};
}

void hold_prompt_end(struct held *held)
{
	held->input = held->length;
}

void let_go(struct held *held, size_t length)
{
	size_t kept = 0, rest = held->length - length;
	memmove(held->data, held->data + length, rest);
	memmove(held->control, held->control + length, rest);
	memmove(held->hidden, held->hidden + length, rest);
	for (size_t i = 0; i < held->piece_count; i++)
		if (held->pieces[i].end > length) {
			held->pieces[kept] = held->pieces[i];
			held->pieces[kept++].end -= length;
		}
	held->piece_count = kept;
	held->length = rest;
	held->sequence_start = held->sequence_start > length ? held->sequence_start - length : 0;
	held->input = held->input > length ? held->input - length : 0;
	if (!rest)
		held->moved = held->other_screen;
}
