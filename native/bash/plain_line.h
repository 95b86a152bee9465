/* Lines that no rule can say anything about: the daemon is told of them through its FIFO (docs/wire.md, section 5), which
 * costs no process. What such a line is, src/caro/plain.py says; init.zsh does the same for zsh. */
#ifndef CARO_BASH_PLAIN_LINE_H
#define CARO_BASH_PLAIN_LINE_H

#include <stdbool.h>

/* True if the line is plain, and the daemon has been told of it. */
bool tell_of_plain_line(const char *line);

/* True if the daemon has taken the last line that it was told of, or there is none; else told_line() is that line. */
bool was_taken(void);

struct told_line {
	char number[24], status[24], duration[24];
	char text[400 + 1];
};

/* The last line that the daemon was told of and is not known to have taken; it is forgotten. */
const struct told_line *forget_told_line(void);

#endif
