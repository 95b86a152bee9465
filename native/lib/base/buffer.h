/* Text that grows inside memory of a fixed size. What doesn't fit sets `full` and is dropped; nothing is ever
 * written past the end, so callers check once, at the end. */
#ifndef CARO_BUFFER_H
#define CARO_BUFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buffer {
	char *data;
	size_t length;
	size_t capacity;
	bool full;
};

static inline struct buffer buffer_in(char *memory, size_t capacity)
{
	return (struct buffer){memory, 0, capacity, false};
}

void add_bytes(struct buffer *to, const void *data, size_t length);
void add_text(struct buffer *to, const char *text);
void add_char(struct buffer *to, char c);
void add_unsigned(struct buffer *to, uint64_t value);
/* Add at least `width` digits, zeros in front. */
void add_padded(struct buffer *to, uint64_t value, unsigned width);
void add_hex(struct buffer *to, const unsigned char *data, size_t length);
/* Ends the text with NUL (not counted); false where it, or anything before it, did not fit. */
bool end_text(struct buffer *to);

#endif
