#include "hook/plain.h"

#include "lib/base/xdg.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#ifdef __APPLE__
#define st_mtim st_mtimespec /* POSIX's name is the other */
#endif

#define LINE_BYTES 400
#define CHARACTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_./:@%+,=~ -"

struct words {
	const char *first, *second;
	size_t first_length, second_length; /* second_length 0: there is no second word */
};

static struct words split(const char *text)
{
	struct words words = {.first = text, .first_length = strcspn(text, " ")};
	words.second = text + words.first_length + strspn(text + words.first_length, " ");
	words.second_length = strcspn(words.second, " ");
	return words;
}

static bool is_entry(const char *entry, size_t length, const struct words *words)
{
	if (length < words->first_length || strncmp(entry, words->first, words->first_length) != 0)
		return false;
	if (length == words->first_length)
		return true;
	const char *second = entry + words->first_length + 1;
	size_t second_length = length - words->first_length - 1;
	return second[-1] == '/' && second_length == words->second_length &&
	       strncmp(second, words->second, second_length) == 0;
}

static bool is_listed(const char *entries, const struct words *words)
{
	while (*entries) {
		size_t length = strcspn(entries, " ");
		if (is_entry(entries, length, words))
			return true;
		entries += length + strspn(entries + length, " ");
	}
	return false;
}

static bool is_newer(const struct timespec *one, const struct timespec *other)
{
	return one->tv_sec != other->tv_sec ? one->tv_sec > other->tv_sec : one->tv_nsec >= other->tv_nsec;
}

/* Somebody may have edited config.toml, and no daemon has compiled it yet. */
static bool is_up_to_date(void)
{
	char path[PATH_SPACE];
	struct stat source, compiled;
	const char *other = getenv("CARO_CONFIG");
	if ((other && *other) || !xdg_path(XDG_CONFIG, "config.toml", path))
		return false;
	if (stat(path, &source) != 0)
		return true;
	return xdg_path(XDG_CONFIG, "runtime.conf", path) && stat(path, &compiled) == 0 &&
	       !is_newer(&source.st_mtim, &compiled.st_mtim);
}

/* True if a word leads to a hidden file or folder: Caro's own, agents' and shells' settings stand there. */
static bool names_hidden(const char *text)
{
	for (const char *at = strstr(text, "/."); at; at = strstr(at + 2, "/."))
		if (at[2] != '\0' && !strchr("./ ", at[2]))
			return true;
	return false;
}

bool is_plain(const struct runtime_conf *conf, const struct line *line)
{
	if (!conf->plain || !line->known || line->cut || line->length > LINE_BYTES || *line->text == ' ')
		return false;
	if (strspn(line->text, CHARACTERS) != line->length || names_hidden(line->text))
		return false;
	struct words words = split(line->text);
	return words.first_length && !memchr(words.first, '/', words.first_length) && is_listed(conf->plain, &words) &&
	       is_up_to_date();
}
