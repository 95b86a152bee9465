/* POSIX extended regular expressions (regex(7)), leftmost-longest, in time linear in the text: the C library's would
 * make a small program twice as large, and hostile text must not cost more. Bytes, not characters; no
 * back-references, no collating symbols, no subexpressions told. */
#ifndef CARO_ERE_H
#define CARO_ERE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ERE_STEPS_MAX 512
#define ERE_SETS_MAX 16

struct ere_step {
	uint8_t kind, byte;
	uint16_t to, other;
};

struct ere {
	size_t count, set_count;
	struct ere_step steps[ERE_STEPS_MAX];
	uint8_t sets[ERE_SETS_MAX][32];
};

/* False: not an expression, or too long a one. */
bool ere_compile(struct ere *ere, const char *pattern);
/* The leftmost, longest match that begins at `from` or later. */
bool ere_find(const struct ere *ere, const char *text, size_t length, size_t from, size_t *start, size_t *end);

#endif
