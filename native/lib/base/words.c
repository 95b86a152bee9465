#include "lib/base/words.h"

#include <string.h>

int word_index(const char *const words[], size_t count, const char *text, size_t length)
{
	while (count--)
		if (strlen(words[count]) == length && !memcmp(words[count], text, length))
			return (int)count;
	return -1;
}
