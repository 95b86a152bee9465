#include "lib/wire/relay_variable.h"

#include <fcntl.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

static const char *take_field(const char *at, char *field, size_t size)
{
	const char *end = strchr(at, ':');
	if (!end || (size_t)(end - at) >= size)
		return NULL;
	memcpy(field, at, (size_t)(end - at));
	field[end - at] = '\0';
	return end + 1;
}

bool read_relay_variable(const char *value, struct relay_variable *relay)
{
	if (!value || !(value = take_field(value, relay->token, sizeof relay->token)) ||
	    !(value = take_field(value, relay->terminal, sizeof relay->terminal)))
		return false;
	relay->socket = value;
	return strlen(relay->token) == sizeof relay->token - 1 && relay->terminal[0] == '/' && value[0] == '/';
}

int open_relay_terminal(const struct relay_variable *relay)
{
	int fd = open(relay->terminal, O_RDWR | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd >= 0 && tcgetsid(fd) != getsid(0)) {
		close(fd);
		return -1;
	}
	return fd;
}
