#include "lib/base/buffer.h"

#include <string.h>

void add_bytes(struct buffer *to, const void *data, size_t length)
{
	if (to->full || length > to->capacity - to->length) {
		to->full = true;
		return;
	}
	if (length)
		memcpy(to->data + to->length, data, length);
	to->length += length;
}

void add_text(struct buffer *to, const char *text)
{
	add_bytes(to, text, strlen(text));
}

void add_char(struct buffer *to, char c)
{
	add_bytes(to, &c, 1);
}

void add_padded(struct buffer *to, uint64_t value, unsigned width)
{
	char digits[20];
	size_t at = sizeof digits;
	do {
		digits[--at] = (char)('0' + value % 10);
		value /= 10;
	} while (value);
	while (at && sizeof digits - at < width)
		digits[--at] = '0';
	add_bytes(to, digits + at, sizeof digits - at);
}

void add_unsigned(struct buffer *to, uint64_t value)
{
	add_padded(to, value, 1);
}

void add_hex(struct buffer *to, const unsigned char *data, size_t length)
{
	static const char digits[] = "0123456789abcdef";
	for (size_t i = 0; i < length; i++) {
		add_char(to, digits[data[i] >> 4]);
		add_char(to, digits[data[i] & 15]);
	}
}

bool end_text(struct buffer *to)
{
	add_char(to, '\0');
	if (to->full)
		return false;
	to->length--;
	return true;
}
