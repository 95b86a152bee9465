#include "hook/call.h"

#include "lib/base/buffer.h"
#include "lib/base/json.h"
#include "lib/base/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CALL_MAX (16 << 20)

static const char *json = "";
static size_t json_size;

static bool read_all(void)
{
	size_t capacity = 1 << 16, used = 0;
	char *text = malloc(capacity);
	ssize_t count = 0;
	while (text && (count = read(STDIN_FILENO, text + used, capacity - used - 1)) > 0) {
		used += (size_t)count;
		if (used + 1 < capacity)
			continue;
		capacity *= 4;
		char *larger = capacity > CALL_MAX ? NULL : realloc(text, capacity);
		if (!larger)
			break;
		text = larger;
	}
	if (!text || count < 0)
		return false;
	text[used] = '\0';
	json = text;
	json_size = used;
	return true;
}

bool read_call(void)
{
	return read_all() && wire_whole(json, json_size);
}

/* Whatever is in the call fits into as many bytes as the call has. */
static char *kept(char *room, long length)
{
	char *value = room && length >= 0 ? keep_text(room) : NULL;
	return_memory(room);
	return value;
}

char *call_text(const char *key)
{
	char *room = *key ? borrow_memory(json_size + 8) : NULL;
	return kept(room, room ? wire_string(json, key, room, json_size + 8) : -1);
}

char *call_element(const char *key, size_t index)
{
	char *room = borrow_memory(json_size + 8);
	return kept(room, room ? wire_element(json, key, index, room, json_size + 8) : -1);
}

char *first_call_text(const char *keys)
{
	char key[64];
	while (*keys) {
		size_t length = strcspn(keys, " ");
		snprintf(key, sizeof key, "%.*s", (int)length, keys);
		char *value = call_text(key);
		if (value && *value)
			return value;
		keys += length + strspn(keys + length, " ");
	}
	return NULL;
}

char *call_with_text(const char *key, const char *text)
{
	const char *dot = strrchr(key, '.');
	char outer[64];
	snprintf(outer, sizeof outer, "%.*s", dot ? (int)(dot - key) : 0, key);
	struct bytes around = *outer ? wire_value(json, outer) : bytes_of(""), old = wire_value(json, key);
	if (!around.length || !old.length)
		return NULL;
	size_t size = around.length + strlen(text) * 6 + 3, front = (size_t)(old.data - around.data);
	char *memory = take_memory(size);
	struct buffer whole = buffer_in(memory, memory ? size : 0);
	add_bytes(&whole, around.data, front);
	add_json(&whole, bytes_of(text));
	add_bytes(&whole, old.data + old.length, around.length - front - old.length);
	return end_text(&whole) ? memory : NULL;
}

enum wire_kind call_kind(const char *key)
{
	return wire_kind(json, key);
}

long call_number(const char *key)
{
	return wire_number(json, key);
}
