/* Text for the person at the terminal: always without control characters of its own. */
#ifndef CARO_SHOW_H
#define CARO_SHOW_H

#include <stdbool.h>
#include <stddef.h>

/* Copies text with everything that could move the cursor, hide or reorder text shown as an escape: \n, \x1b,
 * \u{202e}. Cuts with "..." where it doesn't fit. Returns value. */
char *printable(const char *text, char *value, size_t size);

/* The terminal to talk to: /dev/tty, else standard error. */
int open_terminal(void);
void start_new_line(void);

/* Writes "caro: " and the formatted words; the arguments must be printable. */
void tell(int terminal, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The same for a line that is only an offer; text must be printable. */
void tell_dim(int terminal, const char *text);

/* Whether text may stand in an edit line: no control characters but newlines, nothing hidden. */
bool is_typeable(const char *text);

#endif
