/* What a program that redacts fully brings besides. */
#ifndef CARO_REDACT_ROOMS_H
#define CARO_REDACT_ROOMS_H

#include <stdbool.h>
#include <stddef.h>

struct marks;
struct span;

/* What redact_fully() brings: a small program does without, and hides more than it must. */
struct text_rooms {
	void (*names)(struct marks *marks, size_t start, size_t end);
	void (*forms)(struct marks *marks);
	bool (*is_plain_value)(const struct marks *marks, struct span span, bool named);
	size_t (*public_end)(const char *text, size_t at, size_t end);
	const char *readers, *options, *positions, *files, *hints;
};
extern const struct text_rooms *text_rooms; /* NULL: not asked for */

/* Return the end of a public key, an address or a digest that begins at `at`, 0: there is none. */
size_t public_end(const char *text, size_t at, size_t end);

#endif
