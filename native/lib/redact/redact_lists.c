#include "lib/redact/redact_lists.h"

#include "lib/redact/redact_chars.h"

const struct list_index *list_tables;

static bool same_lower(const char *word, size_t length, const char *other)
{
	for (size_t i = 0; i < length; i++)
		if (other[i] == '\0' || lower_char(word[i]) != other[i])
			return false;
	return other[length] == '\0';
}

bool in_list(const char *list, const char *word, size_t length)
{
	if (list_tables)
		return list_tables->in_list(list, word, length);
	for (; *list; list = next_string(list))
		if (is_word(list, (struct bytes){word, length}))
			return true;
	return false;
}

bool in_list_lower(const char *list, const char *word, size_t length)
{
	if (list_tables)
		return list_tables->in_list_lower(list, word, length);
	for (char first = length ? lower_char(*word) : '\0'; *list; list = next_string(list))
		if (*list == first && same_lower(word, length, list))
			return true;
	return false;
}

bool ends_in_list(const char *endings, struct bytes word)
{
	if (list_tables)
		return list_tables->ends_in_list(endings, word);
	for (const char *ending = endings; *ending; ending = next_string(ending)) {
		size_t length = strlen(ending);
		if (length <= word.length && same_lower(word.data + word.length - length, length, ending))
			return true;
	}
	return false;
}

const char *find_row(const char *row, struct bytes word, const char *(*next)(const char *))
{
	if (list_tables)
		return list_tables->find_row(row, word, next);
	for (; *row && word.length && *row <= *word.data; row = next(row))
		if (*row == *word.data && is_word(row, word))
			return row;
	return NULL;
}

const char *find_sorted_row(const struct sorted_rows *rows, struct bytes word, const char *(*next)(const char *))
{
	if (list_tables)
		return list_tables->find_row(rows->rows, word, next);
	return word.length && *word.data > 0 ? find_row(rows->rows + rows->starts[(size_t)*word.data], word, next)
					     : NULL;
}
