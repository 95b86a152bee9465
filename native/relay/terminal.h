/* The real terminal above and the pseudo terminal below. */
#ifndef CARO_RELAY_TERMINAL_H
#define CARO_RELAY_TERMINAL_H

#include <stdbool.h>
#include <sys/types.h>
#include <termios.h>

struct terminal {
	int fd; /* non-blocking, of an open file description of its own */
	struct termios saved;
};

struct pty {
	int master; /* non-blocking */
	int slave;
	char name[64];
};

/* Open the terminal of standard input; false where there is none. */
bool open_real_terminal(struct terminal *terminal);
void make_raw(const struct terminal *terminal);
/* Gives the terminal back as it was, unless somebody else has taken it already. */
void restore_terminal(const struct terminal *terminal);
/* Open a pseudo terminal with the settings and the size of the real one; false with errno. */
bool open_pty(struct pty *pty, const struct terminal *terminal);
/* Copy the size in cells and in pixels; a change of it signals the foreground processes below. */
bool copy_size(const struct terminal *terminal, int master);
/* Return the columns of the real terminal; 0 where it does not say. */
int columns_now(const struct terminal *terminal);

#endif
