/* Bytes on their way that grow as they must: taken off at the head, added at the end. */
#ifndef CARO_RELAY_BYTES_H
#define CARO_RELAY_BYTES_H

#include <stdbool.h>
#include <stddef.h>

struct bytes {
	char *data;
	size_t start, length, capacity;
};

/* False without memory; nothing is added then. */
bool append_bytes(struct bytes *bytes, const void *data, size_t length);
/* Take `length` bytes off the head. */
void drop_bytes(struct bytes *bytes, size_t length);
/* Write what a non-blocking descriptor takes; false where its other end is gone. */
bool write_bytes(struct bytes *bytes, int fd);
/* Read what is there, at most 64 KiB; false at the end. */
bool read_bytes(struct bytes *bytes, int fd);

#endif
