#include "lib/base/words.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

/* In ASCII, whatever the locale: the words are lower-case letters and digits. */
static bool same_word(const char *word, const char *text, size_t length)
{
	while (length--)
		if (*word++ != tolower((unsigned char)*text++))
			return false;
	return !*word;
}

int word_index(const char *const words[], size_t count, const char *text, size_t length)
{
	while (count--)
		if (same_word(words[count], text, length))
			return (int)count;
	return -1;
}
