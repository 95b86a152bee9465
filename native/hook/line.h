/* The line that the person typed, from where the shell left it. */
#ifndef CARO_HOOK_LINE_H
#define CARO_HOOK_LINE_H

#include <stdbool.h>
#include <stddef.h>

#include "hook/options.h"

#define LINE_MAX_BYTES (1 << 24) /* of a longer line the beginning is judged, and the rest is a question */

struct line {
	const char *text; /* without the last newline; may hold any byte but NUL; "" where unknown */
	size_t length;
	const char *typed; /* how it was typed, where aliases make another one of it; else NULL */
	bool read;         /* it was there, though it may be empty */
	bool known;        /* and is not empty */
	bool cut;          /* it goes on behind what was read */
};

/* Reads it. A line that can't be read is one that is not known, never an error between Enter and the command. */
void read_line(const struct options *options, struct line *line);

#endif
