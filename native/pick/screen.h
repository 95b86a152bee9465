/* The terminal: its settings, what it shows, and what is typed. What a line shows is text alone: control characters,
 * direction marks and bytes that are no UTF-8 stand there as escapes. */
#ifndef CARO_PICK_SCREEN_H
#define CARO_PICK_SCREEN_H

#include "lib/base/buffer.h"
#include "lib/base/bytes.h"

#include <stdbool.h>

/* Clear from the cursor's row on. Not in one from the first cell of the screen: tmux keeps a screen that is cleared whole
 * in its scrollback. */
#define CLEAR_BELOW "\r\033[K\033[C\033[J\r"

struct screen {
	int fd, rows, columns; /* of the terminal */
	int height;            /* rows that are ours, the first of them at the cursor */
	int percent;           /* of the screen; 100: all of it, the alternate one */
	bool colour, below;    /* `below`: begin on the next row */
	struct buffer out;     /* what is to be written in one piece */
};

/* Open the terminal and prepare it; false: there is none, or it can do nothing (TERM=dumb). Signals that end a program
 * give it back first. */
bool open_screen(struct screen *screen);
void close_screen(struct screen *screen);
/* Take up the terminal's present size: after the start and whenever it changed. */
void measure(struct screen *screen);
void write_screen(struct screen *screen);

enum style { PLAIN, DIM, STRONG, BAD, MATCH };
/* Add text of at most `columns` columns; `marks` (may be NULL) has the bytes that are shown as matches. Return the
 * columns that it took. */
int add_shown(struct screen *screen, struct bytes text, const unsigned char *marks, int columns);
void add_style(struct screen *screen, enum style style);
/* Return the columns of a text as it is shown. */
int shown_columns(struct bytes text);

enum key {
	KEY_NONE,
	KEY_TEXT, /* `typed` has it */
	KEY_ENTER,
	KEY_TAB,
	KEY_GIVE_UP,
	KEY_UP,
	KEY_DOWN,
	KEY_PAGE_UP,
	KEY_PAGE_DOWN,
	KEY_LEFT,
	KEY_RIGHT,
	KEY_HOME,
	KEY_END,
	KEY_BACKSPACE,
	KEY_WORD_BACK,
	KEY_CLEAR,
	KEY_DELETE,
	KEY_SCOPE,
	KEY_FOLDER,
	KEY_SESSION,
	KEY_HOST,
	KEY_FAILED,
	KEY_REDRAW,
	KEY_RESIZED,
	KEY_GONE, /* the terminal hung up, or a signal came that ends us */
};

struct typed {
	char text[256];
	size_t length;
};

/* Return the next key. `wait`: -1 until there is one, else so many ms (KEY_NONE: nothing came). */
enum key read_key(struct screen *screen, struct typed *typed, int wait);
bool key_waits(struct screen *screen);

#endif
