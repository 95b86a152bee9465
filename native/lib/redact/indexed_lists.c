/* The lists and rows of redact_table.h, each put into a table by hash where it is asked for first: a line asks ten thousand
 * times whether a word is one of a list. */
#include "lib/redact/redact_chars.h"
#include "lib/redact/redact_lists.h"

#include <stdint.h>

#define LISTS (1u << 10)
#define ROWS (1u << 14)
#define LONGEST 63 /* bytes of a string that is found by hash: each length is a bit of a mask */

struct list {
	const char *rows; /* NULL: a free place */
	uint64_t lengths; /* a bit for each length of a first string */
	/* characters that a first string begins and ends with: of words that are none of a list few are hashed */
	struct letters {
		uint64_t bits[2];
	} first, last;
};

struct row {
	const char *rows, *row;
	size_t length; /* of its first string */
};

static struct list lists[LISTS];
static struct row rows_by_word[ROWS];
static size_t list_count, row_count;

/* Bytes beyond ASCII share the places of others: a set says "perhaps". */
static void add_letter(struct letters *set, char c)
{
	set->bits[c >> 6 & 1] |= (uint64_t)1 << (c & 63);
}

static bool has_letter(const struct letters *set, char c)
{
	return set->bits[c >> 6 & 1] >> (c & 63) & 1;
}

static size_t hash_of(const char *rows, const char *word, size_t length)
{
	uint64_t hash = (uint64_t)(uintptr_t)rows * 0x9E3779B97F4A7C15u;
	for (size_t i = 0; i < length; i++)
		hash = (hash ^ (unsigned char)word[i]) * 0x100000001B3u;
	return (size_t)(hash ^ hash >> 29);
}

/* Return the row's place, or the free one that it would have. */
static struct row *place_of(const char *rows, const char *word, size_t length)
{
	size_t at = hash_of(rows, word, length) % ROWS;
	for (; rows_by_word[at].rows; at = (at + 1) % ROWS) {
		const struct row *row = &rows_by_word[at];
		if (row->rows == rows && row->length == length && memcmp(row->row, word, length) == 0)
			break;
	}
	return &rows_by_word[at];
}

static const char *next_in_list(const char *row)
{
	return next_string(row);
}

/* False: a string is too long, or there is no room. */
static bool add_rows(struct list *list, const char *rows, const char *(*next)(const char *))
{
	for (const char *row = rows; *row; row = next(row)) {
		size_t length = strlen(row);
		struct row *place = place_of(rows, row, length);
		if (length > LONGEST || row_count == ROWS / 2)
			return false;
		list->lengths |= (uint64_t)1 << length;
		add_letter(&list->first, *row);
		add_letter(&list->last, row[length - 1]);
		if (!place->rows) { /* the first of the same name holds */
			*place = (struct row){rows, row, length};
			row_count++;
		}
	}
	return true;
}

/* Return the list, NULL: it has to be read from the start. */
static const struct list *list_of(const char *rows, const char *(*next)(const char *))
{
	size_t at = (size_t)((uint64_t)(uintptr_t)rows * 0x9E3779B97F4A7C15u >> 40) % LISTS;
	while (lists[at].rows && lists[at].rows != rows)
		at = (at + 1) % LISTS;
	if (lists[at].rows)
		return &lists[at];
	if (list_count == LISTS / 2)
		return NULL;
	struct list fresh = {.rows = rows};
	if (!add_rows(&fresh, rows, next))
		return NULL;
	list_count++;
	lists[at] = fresh;
	return &lists[at];
}

static const char *read_rows(const char *row, struct bytes word, const char *(*next)(const char *))
{
	for (; *row; row = next(row))
		if (is_word(row, word))
			return row;
	return NULL;
}

/* By its length alone. */
static bool may_hold(const struct list *list, struct bytes word)
{
	return word.length <= LONGEST && list->lengths >> word.length & 1;
}

/* `list` is that of the rows, or NULL. */
static const char *find_in_list(const struct list *list, const char *row, struct bytes word,
				const char *(*next)(const char *))
{
	if (!list)
		return read_rows(row, word, next);
	if (!may_hold(list, word) || !has_letter(&list->first, *word.data) ||
	    !has_letter(&list->last, word.data[word.length - 1]))
		return NULL;
	return place_of(row, word.data, word.length)->row;
}

static const char *find_indexed_row(const char *row, struct bytes word, const char *(*next)(const char *))
{
	return find_in_list(list_of(row, next), row, word, next);
}

static bool is_indexed(const char *list, const char *word, size_t length)
{
	return find_indexed_row(list, (struct bytes){word, length}, next_in_list) != NULL;
}

/* Return the word in small letters, in `space`; one that is too long for any list is empty. */
static struct bytes lowered(const char *word, size_t length, char space[LONGEST + 1])
{
	if (length > LONGEST)
		length = 0;
	for (size_t i = 0; i < length; i++)
		space[i] = lower_char(word[i]);
	return (struct bytes){space, length};
}

static bool is_indexed_lower(const char *list, const char *word, size_t length)
{
	char space[LONGEST + 1];
	const struct list *known = list_of(list, next_in_list);
	if (known &&
	    (!may_hold(known, (struct bytes){word, length}) || !has_letter(&known->last, lower_char(word[length - 1]))))
		return false;
	return find_in_list(known, list, lowered(word, length, space), next_in_list) != NULL;
}

static bool ends_indexed(const char *endings, struct bytes word)
{
	char space[LONGEST + 1];
	const struct list *known = list_of(endings, next_in_list);
	if (!word.length || (known && !has_letter(&known->last, lower_char(word.data[word.length - 1]))))
		return false;
	size_t most = word.length < LONGEST ? word.length : LONGEST;
	struct bytes end = lowered(word.data + word.length - most, most, space);
	for (size_t length = 1; length <= end.length; length++)
		if (find_in_list(known, endings, (struct bytes){end.data + end.length - length, length}, next_in_list))
			return true;
	return false;
}

void index_lists(void)
{
	static const struct list_index index = {is_indexed, is_indexed_lower, ends_indexed, find_indexed_row};
	list_tables = &index;
}
