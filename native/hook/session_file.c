#include "hook/session_file.h"

#include "lib/base/xdg.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define FORMAT "1 "
#define LOCK_TRIES 10 /* of half a millisecond and more */

static char content[EVENT_LINE_MAX + 128];

static bool session_path(const char *folder, const char *session, char out[PATH_SPACE])
{
	char name[128];
	struct buffer text = buffer_in(name, sizeof name);
	add_text(&text, folder);
	add_char(&text, '/');
	add_text(&text, session);
	return end_text(&text) && xdg_path(XDG_STATE, name, out);
}

static int open_private(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
	if (fd >= 0 || errno != ENOENT)
		return fd;
	make_parents(path);
	return open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
}

/* Never waits for long: the holder may be a daemon that somebody stopped. Then we go on without the lock, as a line
 * that is recorded twice is better than one that is lost. */
static void lock_briefly(int fd)
{
	for (int tries = 0; tries < LOCK_TRIES && flock(fd, LOCK_EX | LOCK_NB) != 0; tries++)
		poll(NULL, 0, 1);
}

static void parse_content(struct session_file *file, size_t length)
{
	content[length] = '\0';
	if (strncmp(content, FORMAT, 2) != 0)
		return;
	file->sequence = strtol(content + 2, NULL, 10);
	char *newline = strchr(content, '\n');
	if (!newline || newline[1] != '{')
		return;
	file->waiting = newline + 1;
	file->waiting_length = length - (size_t)(file->waiting - content);
}

struct session_file open_session_file(const char *session)
{
	char path[PATH_SPACE];
	struct session_file file = {.fd = -1};
	if (!session || !session_path("sessions", session, path))
		return file;
	file.fd = open_private(path);
	if (file.fd < 0)
		return file;
	lock_briefly(file.fd);
	ssize_t length = pread(file.fd, content, sizeof content - 1, 0);
	file.is_new = length == 0;
	if (length > 0)
		parse_content(&file, (size_t)length);
	return file;
}

void put_session_file(struct session_file *file, long sequence, int64_t start_us, long pid,
		      const struct buffer *waiting)
{
	struct buffer text = buffer_in(content, sizeof content);
	if (file->fd < 0)
		return;
	add_text(&text, FORMAT);
	add_unsigned(&text, (uint64_t)sequence);
	add_char(&text, ' ');
	add_unsigned(&text, (uint64_t)start_us);
	add_char(&text, ' ');
	add_unsigned(&text, (uint64_t)pid);
	add_char(&text, '\n');
	if (waiting)
		add_bytes(&text, waiting->data, waiting->length);
	ssize_t written = pwrite(file->fd, text.data, text.length, 0);
	if (written < 0 || ftruncate(file->fd, written) != 0)
		file->waiting = NULL;
}

void close_session_file(struct session_file *file)
{
	if (file->fd >= 0)
		close(file->fd);
	file->fd = -1;
}

void remove_session_files(const char *session)
{
	char path[PATH_SPACE];
	if (session && session_path("sessions", session, path))
		unlink(path);
	if (session && session_path("fifo", session, path))
		unlink(path);
}

void make_reply_fifo(const char *session)
{
	char path[PATH_SPACE];
	if (!session || !session_path("fifo", session, path) || mkfifo(path, 0600) == 0 || errno != ENOENT)
		return;
	make_parents(path);
	mkfifo(path, 0600);
}
