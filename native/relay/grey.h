/* Grey text behind the line that is typed at a shell's prompt: what would stand there if it were taken. The shell knows
 * nothing of it: this follows what it shows (relay/row.h), asks the daemon (relay/offer.h), draws, and takes the text
 * off the screen again before anything else comes there.
 *
 * A shell that wants it marks its prompt, in PS1, by OSC 133 with a parameter of ours (relay/capture.h):
 *   A  the prompt begins; TAG is `b` (bash) or `f` (fish), a dot and the milliseconds of a pause before a hint
 *   B  it has ended; TAG is the session    O  grey text is off (TAG 0) or on (1)
 * Without these nothing is followed. */
#ifndef CARO_RELAY_GREY_H
#define CARO_RELAY_GREY_H

#include "relay/offer.h"
#include "relay/row.h"
#include "relay/terminal.h"

#include <poll.h>

/* What one call adds at most to what is shown. */
#define DRAWING_MAX (COLUMNS_MAX * 4 + 96)
#define ERASING_MAX 16

struct grey {
	const struct terminal *terminal;
	const struct pty *pty;
	struct row row;
	struct offer offer;
	const char *style, *hint_style;
	bool off;                              /* in this terminal, by its key */
	bool never;                            /* nothing can be drawn here */
	bool drawn;                            /* it stands on the screen, behind the cursor */
	bool whole;                            /* `line` is a whole one */
	bool wants;                            /* what is typed is to be asked about */
	bool again;                            /* what was typed along was not asked about, and now there is a pause */
	char line[LINE_MAX_BYTES + OFFER_MAX]; /* what is typed with what is grey behind it; "": nothing is */
};

void start_grey(struct grey *grey, const struct terminal *terminal, const struct pty *pty);
/* The terminal has another size. Adds what takes the grey text off (ERASING_MAX). */
void resize_grey(struct grey *grey, struct buffer *shown);

/* What the shell shows, in order: its bytes, and the marks of its prompt between them. */
void see_output(struct grey *grey, const char *data, size_t length);
void see_mark(struct grey *grey, char kind, const char *tag, size_t length);
/* Adds what takes the grey text off, before anything else is shown (ERASING_MAX). */
void erase_grey(struct grey *grey, struct buffer *shown);
/* All that there was is shown: add what is known to fit (DRAWING_MAX), or set `wants`. */
void draw_grey(struct grey *grey, struct buffer *shown);
/* Ask what to offer, where that is wanted: once the echo of what is typed has reached the screen. */
void ask_grey(struct grey *grey);

/* Keys on their way to the shell. A key that takes grey text becomes that text, in `keys` (room for `room` bytes). Adds
 * to `shown` what takes the grey text off where the key is none that only writes on. */
size_t see_keys(struct grey *grey, char *keys, size_t length, size_t room, struct buffer *shown);

void poll_grey(const struct grey *grey, struct pollfd *poll);
/* Takes an answer; then draw_grey. */
void take_answer(struct grey *grey, const struct pollfd *poll, struct buffer *shown);

#endif
