/* Text for the person at the terminal: always without control characters of its own. */
#ifndef CARO_TERMINAL_H
#define CARO_TERMINAL_H

#include "lib/gate/verdict.h"

#include <stdbool.h>
#include <stddef.h>

/* Copies text with everything that could move the cursor, hide or reorder text shown as an escape: \n, \x1b,
 * \u{202e}. Cuts with "..." where it doesn't fit. Returns value. */
char *printable(const char *text, char *value, size_t size);

/* Open the terminal to talk to: /dev/tty, else standard error. */
int open_terminal(void);
void start_new_line(void);

/* Writes "caro: ", both texts and a newline, cut to 4 KiB; they must be printable. */
void tell(int terminal, const char *front, const char *text);

/* Writes "caro: " and the text as an offer: `bright` in it is bold, the rest dim, and all of it plain where NO_COLOR or
 * CARO_NO_COLOR is set (no-color.org). Both must be printable. */
void tell_offer(int terminal, const char *text, const char *bright);

/* Room for any verdict's sentence. */
#define SENTENCE_BYTES 2300

/* Makes "REASON [RULE]", without control characters. */
void verdict_sentence(const struct verdict *verdict, char *text, size_t size);
/* Writes "caro: FRONT" with the verdict's sentence, and where it has a safer way, "caro: safer: COMMAND". */
void show_verdict(int terminal, const char *front, const struct verdict *verdict);

/* True if the text may stand in an edit line: no control characters but newlines, nothing hidden. */
bool is_typeable(const char *text);

#endif
