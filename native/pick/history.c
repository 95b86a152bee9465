/* A shell's own history, for a machine on which no daemon keeps a file. */
#include "pick/store.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HISTORY_BYTES (64u << 20)

struct entries {
	struct bytes *text;
	size_t count, room;
};

static char *read_all(int fd, size_t *size)
{
	size_t room = 1 << 16, used = 0;
	char *data = malloc(room);
	while (data) {
		ssize_t got = read(fd, data + used, room - used);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			break;
		used += (size_t)got;
		if (used == room && room >= 2 * HISTORY_BYTES) {
			memmove(data, data + HISTORY_BYTES, HISTORY_BYTES); /* the newest is wanted */
			used = HISTORY_BYTES;
		} else if (used == room) {
			char *more = realloc(data, room *= 2);
			if (!more)
				free(data);
			data = more;
		}
	}
	*size = used;
	return data;
}

static bool add_entry(struct entries *entries, struct bytes text)
{
	while (text.length && (text.data[text.length - 1] == '\n' || text.data[text.length - 1] == ' '))
		text.length--;
	if (!text.length || text.length > 16384)
		return true;
	if (entries->count == entries->room) {
		size_t room = entries->room ? 2 * entries->room : 1024;
		struct bytes *more = realloc(entries->text, room * sizeof *more);
		if (!more)
			return false;
		entries->text = more;
		entries->room = room;
	}
	entries->text[entries->count++] = text;
	return true;
}

/* Return the length of "  123* " in front of an entry of bash's; 0: the line belongs to the entry before. */
static size_t number_length(const char *line, size_t length)
{
	size_t at = 0;
	while (at < length && line[at] == ' ')
		at++;
	size_t digits = at;
	while (at < length && isdigit((unsigned char)line[at]))
		at++;
	if (at == digits || at + 1 >= length || (line[at] != ' ' && line[at] != '*') || line[at + 1] != ' ')
		return 0;
	return at + 2;
}

static bool split_numbered(struct entries *entries, char *data, size_t size)
{
	struct bytes text = {data, 0};
	for (size_t at = 0; at < size;) {
		char *end = memchr(data + at, '\n', size - at);
		size_t length = end ? (size_t)(end - data) - at : size - at;
		size_t number = number_length(data + at, length);
		if (number) {
			if (!add_entry(entries, text))
				return false;
			text = (struct bytes){data + at + number, length - number};
		} else {
			text.length = (size_t)(data + at + length - text.data);
		}
		at += length + 1;
	}
	return add_entry(entries, text);
}

static bool split_at(struct entries *entries, char *data, size_t size, char separator)
{
	for (size_t at = 0; at < size;) {
		char *end = memchr(data + at, separator, size - at);
		size_t length = end ? (size_t)(end - data) - at : size - at;
		if (!add_entry(entries, (struct bytes){data + at, length}))
			return false;
		at += length + 1;
	}
	return true;
}

struct columns {
	uint64_t *mask;
	uint32_t *at, *hash, *none;
	uint16_t *exit, *times;
	uint8_t *flags;
	char *text;
};

static bool make_columns(struct columns *columns, size_t count, size_t bytes)
{
	columns->mask = malloc((count + 1) * 8);
	columns->at = malloc((count + 1) * 4);
	columns->hash = malloc((count + 1) * 4);
	columns->none = malloc((count + 1) * 4);
	columns->exit = malloc((count + 1) * 2);
	columns->times = calloc(count + 1, 2);
	columns->flags = calloc(count + 1, 1);
	columns->text = malloc(bytes + 1);
	return columns->mask && columns->at && columns->hash && columns->none && columns->exit && columns->times &&
	       columns->flags && columns->text;
}

/* The table of what was seen, newest first; gives the place of a text in it. */
static size_t find_slot(const uint32_t *slots, size_t mask, const struct entries *entries, uint32_t hash,
			struct bytes text)
{
	size_t at = hash & mask;
	while (slots[at] != LINES_UNKNOWN) {
		struct bytes known = entries->text[slots[at]];
		if (known.length == text.length && memcmp(known.data, text.data, text.length) == 0)
			break;
		at = (at + 1) & mask;
	}
	return at;
}

/* Count each text at its last place. */
static bool count_texts(const struct entries *entries, uint16_t *times, uint32_t *hashes)
{
	size_t size = 16;
	while (size < 2 * entries->count)
		size *= 2;
	uint32_t *slots = malloc(size * sizeof *slots);
	if (!slots)
		return false;
	memset(slots, 0xff, size * sizeof *slots);
	for (size_t i = entries->count; i-- > 0;) {
		hashes[i] = line_hash(entries->text[i]);
		size_t slot = find_slot(slots, size - 1, entries, hashes[i], entries->text[i]);
		if (slots[slot] == LINES_UNKNOWN)
			slots[slot] = (uint32_t)i;
		if (times[slots[slot]] < UINT16_MAX)
			times[slots[slot]]++;
	}
	free(slots);
	return true;
}

static void fill(struct lines *lines, const struct columns *columns, const struct entries *entries,
		 const uint16_t *times, const uint32_t *hashes)
{
	uint32_t used = 0, line = 0;
	for (size_t i = 0; i < entries->count; i++) {
		struct bytes text = entries->text[i];
		if (!times[i])
			continue;
		columns->mask[line] = characters_of(text);
		columns->at[line] = used;
		columns->hash[line] = hashes[i];
		columns->none[line] = LINES_UNKNOWN;
		columns->exit[line] = EXIT_UNKNOWN;
		columns->times[line] = times[i];
		memcpy(columns->text + used, text.data, text.length);
		used += (uint32_t)text.length;
		line++;
	}
	columns->at[line] = used;
	*lines = (struct lines){.count = line,
				.events = entries->count,
				.text_bytes = used,
				.mask = columns->mask,
				.at = columns->at,
				.hash = columns->hash,
				.took = columns->none,
				.folder = columns->none,
				.session = columns->none,
				.host = columns->none,
				.exit = columns->exit,
				.times = columns->times,
				.flags = columns->flags,
				.text = columns->text,
				.string = ""};
}

static bool keep(struct store *store, const struct entries *entries, size_t bytes)
{
	struct columns columns;
	uint16_t *times = calloc(entries->count + 1, sizeof *times);
	uint32_t *hashes = calloc(entries->count + 1, sizeof *hashes);
	bool kept = times && hashes && make_columns(&columns, entries->count, bytes) &&
		    count_texts(entries, times, hashes);
	if (kept) {
		fill(&store->old, &columns, entries, times, hashes);
		store->old.time = calloc(entries->count + 1, sizeof *store->old.time);
		store->count = store->old.count;
		store->events = store->old.events;
		store->hidden = calloc(store->count / 8 + 1, 1);
		store->twin = calloc(1, sizeof *store->twin);
		kept = store->old.time && store->hidden && store->twin;
	}
	free(times);
	free(hashes);
	return kept;
}

static void turn_round(struct entries *entries)
{
	for (size_t i = 0; i < entries->count / 2; i++) {
		struct bytes text = entries->text[i];
		entries->text[i] = entries->text[entries->count - 1 - i];
		entries->text[entries->count - 1 - i] = text;
	}
}

bool read_history(struct store *store, int fd, enum history_form form, bool reversed)
{
	struct entries entries = {0};
	size_t size;
	char *data = read_all(fd, &size);
	*store = (struct store){0};
	if (!data)
		return false;
	bool read = form == FORM_NUMBERED ? split_numbered(&entries, data, size)
					  : split_at(&entries, data, size, form == FORM_NUL ? '\0' : '\n');
	if (read && reversed)
		turn_round(&entries);
	read = read && keep(store, &entries, size);
	free(entries.text);
	free(data);
	return read;
}
