#include "relay/bytes.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define READ_AT_ONCE 65536

static bool make_room(struct bytes *bytes, size_t length)
{
	if (bytes->start) {
		memmove(bytes->data, bytes->data + bytes->start, bytes->length);
		bytes->start = 0;
	}
	if (bytes->capacity - bytes->length >= length)
		return true;
	size_t capacity = 2 * (bytes->length + length);
	char *data = realloc(bytes->data, capacity);
	if (!data)
		return false;
	bytes->data = data;
	bytes->capacity = capacity;
	return true;
}

bool append_bytes(struct bytes *bytes, const void *data, size_t length)
{
	if (!length)
		return true;
	if (!make_room(bytes, length))
		return false;
	memcpy(bytes->data + bytes->length, data, length);
	bytes->length += length;
	return true;
}

void drop_bytes(struct bytes *bytes, size_t length)
{
	bytes->length -= length;
	bytes->start = bytes->length ? bytes->start + length : 0;
}

bool write_bytes(struct bytes *bytes, int fd)
{
	if (!bytes->length)
		return true;
	ssize_t done = write(fd, bytes->data + bytes->start, bytes->length);
	if (done < 0)
		return errno == EAGAIN || errno == EINTR;
	drop_bytes(bytes, (size_t)done);
	return true;
}

bool read_bytes(struct bytes *bytes, int fd)
{
	if (!make_room(bytes, READ_AT_ONCE))
		return false;
	ssize_t got = read(fd, bytes->data + bytes->length, READ_AT_ONCE);
	if (got <= 0)
		return got < 0 && (errno == EAGAIN || errno == EINTR);
	bytes->length += (size_t)got;
	return true;
}
