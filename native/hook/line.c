#include "hook/line.h"

#include "lib/base/xdg.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Only we may have put it there: else it may be somebody's trap, or a file that is none of ours to remove. */
static bool is_private_folder_of(const char *file)
{
	char folder[PATH_SPACE];
	struct stat status;
	const char *slash = strrchr(file, '/');
	if (file[0] != '/' || slash == file || (size_t)(slash - file) >= sizeof folder)
		return false;
	memcpy(folder, file, (size_t)(slash - file));
	folder[slash - file] = '\0';
	return stat(folder, &status) == 0 && status.st_uid == geteuid() && !(status.st_mode & 077);
}

static int open_line_file(const char *file)
{
	struct stat status;
	if (!is_private_folder_of(file))
		return -1;
	int fd = open(file, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return -1;
	if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && status.st_uid == geteuid()) {
		unlink(file);
		return fd;
	}
	close(fd);
	return -1;
}

static char *read_all(int fd, size_t *length, bool *cut)
{
	size_t used = 0, size = 4096;
	char *text = malloc(size);
	for (ssize_t count; text != NULL; used += (size_t)count) {
		if (used + 1 == size) {
			char *larger = size >= LINE_MAX_BYTES ? NULL : realloc(text, size *= 4);
			*cut = larger == NULL;
			if (*cut)
				break;
			text = larger;
		}
		while ((count = read(fd, text + used, size - used - 1)) < 0 && errno == EINTR) {
		}
		if (count <= 0)
			break;
	}
	if (text != NULL)
		text[used] = '\0';
	*length = used;
	return text;
}

/* `history 1` prints the number, a `*` where the entry was edited, a blank, the text. */
static const char *skip_history_number(const char *text)
{
	const char *at = text;
	while (*at == ' ')
		at++;
	if (!isdigit((unsigned char)*at))
		return text;
	while (isdigit((unsigned char)*at))
		at++;
	if (*at == '*' || *at == ' ')
		at++;
	return *at == ' ' ? at + 1 : at;
}

static void take_text(struct line *line, char *text, size_t length, bool history_form)
{
	if (text == NULL)
		return;
	/* A NUL can't be part of a command; what stands behind it would be hidden from every judge but the shell. */
	for (char *nul = text; (nul = memchr(nul, '\0', length - (size_t)(nul - text))) != NULL;)
		*nul = ' ';
	if (length > 0 && text[length - 1] == '\n')
		text[--length] = '\0';
	const char *start = history_form ? skip_history_number(text) : text;
	line->text = start;
	line->length = length - (size_t)(start - text);
	line->read = true;
	line->known = line->length > 0;
}

/* Part what was typed from what aliases make of it: that is judged, the former is recorded. */
static void split_typed(struct line *line, long typed_bytes)
{
	size_t length = (size_t)typed_bytes;
	if (typed_bytes <= 0 || length >= line->length)
		return;
	line->typed = strndup(line->text, length);
	line->text += length;
	line->length -= length;
}

void read_line(const struct options *options, struct line *line)
{
	size_t length = 0;
	int fd = -1;
	*line = (struct line){.text = ""};
	if (options->source == LINE_FROM_VARIABLE) {
		char *text = getenv("CARO_LINE");
		take_text(line, text, text ? strlen(text) : 0, options->history_form);
	} else if (options->source != LINE_UNKNOWN && options->source != LINE_RAN) {
		fd = options->source == LINE_FROM_STDIN ? dup(STDIN_FILENO) : open_line_file(options->line_file);
		if (fd < 0)
			return;
		char *text = read_all(fd, &length, &line->cut);
		take_text(line, text, length, options->history_form);
		close(fd);
	}
	split_typed(line, options->typed_bytes);
}
