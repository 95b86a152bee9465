#include "lib/event/env_diff.h"

#include "lib/base/memory.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define ENV_TEXT_MAX (256 * 1024)
#define NAMES_MAX 512

/* "NAME=value" texts, one NUL after each, as /proc/PID/environ has them. */
struct env_text {
	char *data;
	size_t length;
};

static bool read_environ(pid_t pid, struct env_text *text)
{
	char path[64];
	struct buffer to = buffer_in(path, sizeof path);
	add_text(&to, "/proc/");
	add_unsigned(&to, (uint64_t)pid);
	add_text(&to, "/environ");
	end_text(&to);
	int fd = openat(AT_FDCWD, path, O_RDONLY | O_CLOEXEC);
	text->data = fd < 0 ? NULL : take_memory(ENV_TEXT_MAX);
	ssize_t n = 1;
	while (text->data && n > 0 && text->length < ENV_TEXT_MAX - 1) {
		n = read(fd, text->data + text->length, ENV_TEXT_MAX - 1 - text->length);
		text->length += n > 0 ? (size_t)n : 0;
	}
	if (fd >= 0)
		close(fd);
	return text->data && text->length;
}

static const char *next_text(const char *at)
{
	return at + strlen(at) + 1;
}

static bool is_own(const char *variable)
{
	return !strncmp(variable, "CARO_", 5) || !strncmp(variable, "SHIM_ACTIVE=", 12) ||
	       !strncmp(variable, "ORIGINAL_PATH=", 14) || !strncmp(variable, "_=", 2);
}

static size_t name_length(const char *variable)
{
	return strcspn(variable, "=");
}

static void add_name(struct names *names, const char **items, const char *variable)
{
	size_t length = name_length(variable);
	char *name = names->count < NAMES_MAX ? take_memory(length + 1) : NULL;
	if (!name)
		return;
	memcpy(name, variable, length);
	name[length] = '\0';
	items[names->count++] = name;
}

static bool stands_in(const struct env_text *text, const char *variable)
{
	for (const char *at = text->data; at < text->data + text->length; at = next_text(at))
		if (!strcmp(at, variable))
			return true;
	return false;
}

static bool is_set(char *const *now, const char *variable)
{
	size_t length = name_length(variable);
	for (; *now; now++)
		if (name_length(*now) == length && !strncmp(*now, variable, length))
			return true;
	return false;
}

struct names env_diff(pid_t pid, char *const *now)
{
	struct env_text before = {NULL, 0};
	struct names names = {NULL, 0};
	const char **items = take_memory(NAMES_MAX * sizeof *items);
	if (!items || !read_environ(pid, &before))
		return names;
	for (char *const *variable = now; *variable; variable++)
		if (!is_own(*variable) && !stands_in(&before, *variable))
			add_name(&names, items, *variable);
	for (const char *at = before.data; at < before.data + before.length; at = next_text(at))
		if (!is_own(at) && !is_set(now, at))
			add_name(&names, items, at);
	names.items = items;
	return names;
}
