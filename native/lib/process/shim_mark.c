#include "lib/process/shim_mark.h"

#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#ifdef __ELF__
#define LOOKED_AT 4096
#else
#define LOOKED_AT (128 * 1024)
#endif

static const char head[] = MARK_HEAD, tail[] = MARK_TAIL;

static bool is_mark(const char *at)
{
	return !memcmp(at, head, sizeof head - 1) && !memcmp(at + sizeof head - 1, tail, sizeof tail - 1);
}

static bool has_mark(const char *data, size_t length)
{
	const size_t size = sizeof head + sizeof tail - 2;
	const char *end = data + length;
	for (const char *at = data; (size_t)(end - at) >= size; at++) {
		at = memchr(at, head[0], (size_t)(end - at) - size + 1);
		if (!at)
			return false;
		if (is_mark(at))
			return true;
	}
	return false;
}

bool is_shim(const char *path)
{
	char start[LOOKED_AT];
	int fd = openat(AT_FDCWD, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return false;
	ssize_t length = read(fd, start, sizeof start);
	close(fd);
	return length > 0 && start[0] != '#' && has_mark(start, (size_t)length);
}
