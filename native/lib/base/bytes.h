/* A run of bytes that somebody else owns: text read from another process need not end with NUL. */
#ifndef CARO_BYTES_H
#define CARO_BYTES_H

#include <stddef.h>
#include <string.h>

struct bytes {
	const char *data;
	size_t length;
};

static inline struct bytes bytes_of(const char *text)
{
	return (struct bytes){text, strlen(text)};
}

#endif
