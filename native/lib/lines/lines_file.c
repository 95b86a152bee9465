#include "lib/lines/lines_file.h"

#include <string.h>

struct reader {
	const char *data;
	uint64_t at, size;
	bool ok;
};

static const void *take(struct reader *from, uint64_t bytes)
{
	if (!from->ok || from->at > from->size || bytes > from->size - from->at) {
		from->ok = false;
		return from->data;
	}
	const void *start = from->data + from->at;
	from->at += (bytes + 7) & ~UINT64_C(7);
	return start;
}

static uint64_t number_at(const char *data, size_t at, size_t bytes)
{
	uint64_t number = 0;
	memcpy(&number, data + at, bytes); /* of this machine's byte order, as the magic is */
	return number;
}

static void read_header(struct lines *lines, const char *data)
{
	lines->count = (uint32_t)number_at(data, 8, 4);
	lines->strings = (uint32_t)number_at(data, 12, 4);
	lines->text_bytes = number_at(data, 16, 8);
	lines->string_bytes = number_at(data, 24, 8);
	lines->folder_pairs = (uint32_t)number_at(data, 32, 4);
	lines->session_pairs = (uint32_t)number_at(data, 36, 4);
	lines->events = number_at(data, 40, 8);
}

bool read_lines(struct lines *lines, const void *data, size_t size)
{
	struct reader from = {data, LINES_HEADER, size, true};
	const uint16_t little = 1;
	*lines = (struct lines){0};
	if (size < LINES_HEADER || memcmp(data, LINES_MAGIC, 8) != 0 || *(const char *)&little != 1)
		return false;
	read_header(lines, data);
	uint64_t count = lines->count;
	lines->mask = take(&from, 8 * count);
	lines->at = take(&from, 4 * (count + 1));
	lines->hash = take(&from, 4 * count);
	lines->time = take(&from, 4 * count);
	lines->took = take(&from, 4 * count);
	lines->folder = take(&from, 4 * count);
	lines->session = take(&from, 4 * count);
	lines->host = take(&from, 4 * count);
	lines->exit = take(&from, 2 * count);
	lines->times = take(&from, 2 * count);
	lines->flags = take(&from, count);
	lines->string_at = take(&from, 4 * ((uint64_t)lines->strings + 1));
	lines->folder_pair = take(&from, 8 * (uint64_t)lines->folder_pairs);
	lines->session_pair = take(&from, 8 * (uint64_t)lines->session_pairs);
	lines->string = take(&from, lines->string_bytes);
	lines->text = take(&from, lines->text_bytes);
	return from.ok;
}

static struct bytes between(const char *data, uint64_t size, uint32_t start, uint32_t end)
{
	if (start > end || end > size)
		return (struct bytes){"", 0};
	return (struct bytes){data + start, end - start};
}

struct bytes line_text(const struct lines *lines, uint32_t line)
{
	if (line >= lines->count || lines->flags[line] & LINE_GONE)
		return (struct bytes){"", 0};
	return between(lines->text, lines->text_bytes, lines->at[line], lines->at[line + 1]);
}

struct bytes line_string(const struct lines *lines, uint32_t number)
{
	if (number >= lines->strings)
		return (struct bytes){"", 0};
	return between(lines->string, lines->string_bytes, lines->string_at[number], lines->string_at[number + 1]);
}

uint32_t find_string(const struct lines *lines, struct bytes text)
{
	for (uint32_t i = 0; i < lines->strings; i++) {
		struct bytes string = line_string(lines, i);
		if (string.length == text.length && memcmp(string.data, text.data, text.length) == 0)
			return i;
	}
	return LINES_UNKNOWN;
}

uint32_t line_hash(struct bytes text)
{
	uint32_t hash = UINT32_MAX;
	for (size_t i = 0; i < text.length; i++) {
		hash ^= (unsigned char)text.data[i];
		for (int bit = 0; bit < 8; bit++)
			hash = hash >> 1 ^ (hash & 1 ? 0xEDB88320 : 0);
	}
	return ~hash;
}

static unsigned bit_of(unsigned char c)
{
	if (c >= 'A' && c <= 'Z')
		c += 'a' - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a';
	if (c >= '0' && c <= '9')
		return 26u + c - '0';
	return c < 0x80 ? 36u + c % 27u : 63u;
}

uint64_t characters_of(struct bytes text)
{
	uint64_t mask = 0;
	for (size_t i = 0; i < text.length; i++)
		mask |= UINT64_C(1) << bit_of((unsigned char)text.data[i]);
	return mask;
}
