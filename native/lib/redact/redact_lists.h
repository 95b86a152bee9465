/* Looks words up in the lists and rows of redact_table.h. Two files do it: redact_lists.c reads them from the start, which
 * is the quicker way for one line; indexed_lists.c is for those who redact many. */
#ifndef CARO_REDACT_LISTS_H
#define CARO_REDACT_LISTS_H

#include "lib/base/bytes.h"
#include "lib/redact/redact_rooms.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* True if the word is in a list of redact_table.h. */
bool in_list(const char *list, const char *word, size_t length);
bool in_list_lower(const char *list, const char *word, size_t length);
/* True if the word, in small letters, ends with one of the list. */
bool ends_in_list(const char *endings, struct bytes word);
/* Return the first row whose first string is the word, NULL: there is none. `next` gives the row after one. The rows are
 * in the order of their first characters. */
const char *find_row(const char *row, struct bytes word, const char *(*next)(const char *));
const char *find_sorted_row(const struct sorted_rows *rows, struct bytes word, const char *(*next)(const char *));

/* The same four questions, answered by tables that are filled at the first of them. */
struct list_index {
	bool (*in_list)(const char *list, const char *word, size_t length);
	bool (*in_list_lower)(const char *list, const char *word, size_t length);
	bool (*ends_in_list)(const char *endings, struct bytes word);
	const char *(*find_row)(const char *row, struct bytes word, const char *(*next)(const char *));
};
extern const struct list_index *list_tables; /* NULL: lists are read from the start */
/* Answer by tables from now on. */
void index_lists(void);

/* The next string of a row of strings. They are short: a call of strlen costs more than its look at each. */
static inline const char *next_string(const char *string)
{
	while (*string++) {
	}
	return string;
}

#endif
