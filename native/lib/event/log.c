#include "lib/event/log.h"

#include "lib/base/env_value.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

static const char *set_variable(const char *name)
{
	const char *value = env_value(name);
	return value && *value ? value : NULL;
}

const char *log_path(const struct runtime_conf *conf, char space[PATH_SPACE])
{
	const char *path = set_variable("TRACE_LOG_FILE");
	if (!path)
		path = set_variable("TRACE_SHELL");
	if (!path)
		path = conf->log_file;
	if (!path && home_path(".trace_shell.jsonl", space))
		path = space;
	return path;
}

/* O_NONBLOCK: were the log a pipe that nobody reads, the open would wait for ever. */
static int open_append(const char *path)
{
	int fd;
	do
		fd = openat(AT_FDCWD, path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0600);
	while (fd < 0 && errno == EINTR);
	return fd;
}

static ssize_t write_once(int fd, const char *data, size_t length)
{
	ssize_t n;
	do
		n = write(fd, data, length);
	while (n < 0 && errno == EINTR);
	return n;
}

/* A second write for the rest of a short one could land behind another process's line. So the torn line is only
 * ended: the next writer's line starts at a line of its own, and the reader counts one it can't read. */
static bool write_line(int fd, const struct buffer *line)
{
	ssize_t n = write_once(fd, line->data, line->length);
	if (n > 0 && (size_t)n < line->length)
		(void)write_once(fd, "\n", 1);
	return n >= 0 && (size_t)n == line->length;
}

/* A file size limit (ulimit -f) or a log that is a closed pipe must not kill the tool's launcher. */
static const int fatal_writes[] = {SIGPIPE, SIGXFSZ};

static void ignore_fatal_writes(struct sigaction saved[2])
{
	struct sigaction ignore = {.sa_handler = SIG_IGN};
	for (int i = 0; i < 2; i++)
		sigaction(fatal_writes[i], &ignore, &saved[i]);
}

static void restore_fatal_writes(const struct sigaction saved[2])
{
	for (int i = 0; i < 2; i++)
		sigaction(fatal_writes[i], &saved[i], NULL);
}

bool log_signals_ignored;

static bool open_and_write(const char *path, const struct buffer *line)
{
	struct sigaction saved[2];
	int fd = open_append(path);
	if (fd < 0)
		return false;
	if (!log_signals_ignored)
		ignore_fatal_writes(saved);
	bool written = write_line(fd, line);
	if (!log_signals_ignored)
		restore_fatal_writes(saved);
	close(fd);
	return written;
}

void count_unwritten(void)
{
	char path[PATH_SPACE];
	struct buffer mark = {"+", 1, 1, false};
	if (!xdg_path(XDG_STATE, "unwritten", path) || open_and_write(path, &mark))
		return;
	make_parents(path);
	(void)open_and_write(path, &mark);
}

bool append_line(const char *path, const struct buffer *line)
{
	bool written = path && !line->full && open_and_write(path, line);
	if (!written)
		count_unwritten();
	return written;
}
