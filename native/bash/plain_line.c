#include "bash/plain_line.h"

#include "bash/fifo.h"
#include "bash/values.h"
#include "lib/lines/plain_text.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct told_line told;

/* The daemon keeps the mark while plain lines need no verdict; its time is that of the configuration that it read. */
static bool is_marked(void)
{
	struct stat mark, config;
	if (stat(value_of("__caro_plain_mark"), &mark) != 0)
		return false;
	if (stat(value_of("__caro_config"), &config) != 0)
		return true;
	return config.st_mtim.tv_sec != mark.st_mtim.tv_sec ? config.st_mtim.tv_sec < mark.st_mtim.tv_sec
							    : config.st_mtim.tv_nsec <= mark.st_mtim.tv_nsec;
}

static bool is_plain(const char *line)
{
	return is_plain_text(value_of("__caro_plain_entries"), line) && is_settled_by_daemon() && is_marked();
}

bool tell_of_plain_line(const char *line)
{
	if (!is_plain(line) || !was_taken() || !tell_daemon(line))
		return false;
	snprintf(told.number, sizeof told.number, "%.23s", value_of("__caro_n"));
	snprintf(told.status, sizeof told.status, "%.23s", value_of("__caro_status"));
	snprintf(told.duration, sizeof told.duration, "%.23s", value_of("__caro_us"));
	snprintf(told.text, sizeof told.text, "%s", line);
	return true;
}

/* The session's file begins with its version and the number of the last line. */
bool was_taken(void)
{
	char path[PATH_MAX], text[64];
	if (!*told.number)
		return true;
	snprintf(path, sizeof path, "%s/../sessions/%.64s", value_of("__caro_fifo"), value_of("CARO_SESSION_ID"));
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW);
	ssize_t length = fd >= 0 ? read(fd, text, sizeof text - 1) : -1;
	if (fd >= 0)
		close(fd);
	text[length > 0 ? length : 0] = '\0';
	const char *number = strchr(text, ' ');
	if (!number || atol(number) < atol(told.number))
		return false;
	told.number[0] = '\0';
	return true;
}

const struct told_line *forget_told_line(void)
{
	static struct told_line forgotten;
	forgotten = told;
	told.number[0] = '\0';
	return &forgotten;
}
