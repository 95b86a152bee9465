#include "lib/lines/plain_text.h"

#include <stddef.h>
#include <string.h>

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

/* True if a word leads to a hidden file or folder: Caro's own, agents' and shells' settings stand there. */
static bool names_hidden(const char *text)
{
	for (const char *at = strstr(text, "/."); at; at = strstr(at + 2, "/."))
		if (at[2] != '\0' && !strchr("./ ", at[2]))
			return true;
	return false;
}

bool has_plain_characters(const char *text)
{
	return text[strspn(text, CHARACTERS)] == '\0';
}

bool is_plain_text(const char *entries, const char *text)
{
	size_t length = strlen(text);
	if (length > LINE_BYTES || *text == ' ' || !has_plain_characters(text) || names_hidden(text))
		return false;
	struct words words = split(text);
	return words.first_length && !memchr(words.first, '/', words.first_length) && is_listed(entries, &words);
}
