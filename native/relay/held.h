/* What a recording holds back: the bytes of one line on the screen with their times, until the line has ended and its
 * secrets can be seen whole. While a program has the other screen (an editor, a pager), its whole picture is one line. */
#ifndef CARO_RELAY_HELD_H
#define CARO_RELAY_HELD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HELD_MAX 131072
#define PIECES_MAX 4096

/* What arrived at one time, up to `end`; or, with rows, the size that the terminal got. */
struct piece {
	uint64_t us;
	size_t end;
	int rows, columns;
};

enum sequence { SEQUENCE_NONE, SEQUENCE_ESCAPE, SEQUENCE_CSI, SEQUENCE_STRING, SEQUENCE_STRING_ESCAPE };

struct held {
	size_t length, piece_count;
	char data[HELD_MAX];
	bool control[HELD_MAX]; /* no character: a part of a sequence, a control character */
	bool hidden[HELD_MAX];
	struct piece pieces[PIECES_MAX];
	bool moved;        /* something was written over, or the cursor went elsewhere */
	bool other_screen; /* DEC private mode 1049 and its elders */
	size_t input;      /* where what is typed begins; 0: not known */
	enum sequence sequence;
	size_t sequence_start;
	char last;
};

/* Take bytes until a line has ended or no more fit; return how many were taken. Titles, links, the clipboard and
 * pictures (OSC, DCS and the like) are left out: what they hold is not on the screen. `*ended`: the line has. */
size_t hold_bytes(struct held *held, const char *data, size_t length, uint64_t us, bool *ended);
/* What comes next is typed. */
void hold_prompt_end(struct held *held);
/* The terminal's size is another one from here on. */
void hold_size(struct held *held, uint64_t us, int rows, int columns);
/* Forget the first `length` bytes, which were written. */
void let_go(struct held *held, size_t length);

#endif
