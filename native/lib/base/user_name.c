#include "lib/base/user_name.h"

#ifdef __linux__
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

/* /etc/passwd (passwd(5)) read by hand: a static program can't load NSS modules, and musl's getpwuid costs 12 KB.
 * Users that only a directory service knows have their name in runtime.conf. */

static bool is_number(const char *text, const char *end, uid_t number)
{
	uid_t value = 0;
	if (text == end)
		return false;
	for (; text < end; text++) {
		if (*text < '0' || *text > '9')
			return false;
		value = value * 10 + (uid_t)(*text - '0');
	}
	return value == number;
}

/* name:password:uid:… */
static const char *name_in_line(char *line, uid_t uid)
{
	char *name_end = strchr(line, ':');
	char *uid_start = name_end ? strchr(name_end + 1, ':') : NULL;
	char *uid_end = uid_start ? strchr(uid_start + 1, ':') : NULL;
	if (!uid_end || name_end == line || !is_number(uid_start + 1, uid_end, uid))
		return NULL;
	*name_end = '\0';
	return line;
}

/* The line with its name ended, NULL: none is that user's. */
static const char *name_in_text(char *text, uid_t uid)
{
	while (text) {
		char *newline = strchr(text, '\n');
		if (newline)
			*newline = '\0';
		const char *name = name_in_line(text, uid);
		if (name)
			return name;
		text = newline ? newline + 1 : NULL;
	}
	return NULL;
}

const char *user_name(uid_t uid)
{
	static char text[64 * 1024];
	int fd = openat(AT_FDCWD, "/etc/passwd", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return NULL;
	ssize_t length = read(fd, text, sizeof text - 1);
	close(fd);
	if (length <= 0)
		return NULL;
	text[length] = '\0';
	return name_in_text(text, uid);
}

/* name:password:uid:gid:gecos:home:shell, of which the first field ends in a NUL by now */
const char *user_home(uid_t uid)
{
	const char *name = user_name(uid);
	char *at = name ? (char *)(uintptr_t)name + strlen(name) + 1 : NULL;
	for (int field = 1; at && field < 5; field++)
		at = (at = strchr(at, ':')) ? at + 1 : NULL;
	char *end = at ? strchr(at, ':') : NULL;
	if (!end)
		return NULL;
	*end = '\0';
	return at;
}
#else
#include <pwd.h>
#include <stddef.h>

const char *user_name(uid_t uid)
{
	struct passwd *entry = getpwuid(uid);
	return entry ? entry->pw_name : NULL;
}

const char *user_home(uid_t uid)
{
	struct passwd *entry = getpwuid(uid);
	return entry ? entry->pw_dir : NULL;
}
#endif
