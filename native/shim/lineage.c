#include "lineage.h"

#include "lib/buffer.h"

#include <stdlib.h>
#include <string.h>

#define WORD 12 /* hex digits */
#define TOOL_DIGITS 4
/* Of each argument only so much is looked at: 2 MB of them must not cost milliseconds. */
#define LOOKED_AT 4096

/* FNV-1a. */
static uint64_t mix(uint64_t hash, const char *text)
{
	size_t length = text ? strnlen(text, LOOKED_AT) : 0;
	for (size_t i = 0; i < length; i++)
		hash = (hash ^ (unsigned char)text[i]) * UINT64_C(0x100000001b3);
	return (hash ^ 0x100) * UINT64_C(0x100000001b3);
}

static void add_digits(struct buffer *to, uint64_t hash, size_t digits)
{
	unsigned char raw[8];
	for (size_t i = 0; i < 8; i++)
		raw[i] = (unsigned char)(hash >> (8 * i));
	add_hex(to, raw, digits / 2);
}

static void make_word(char word[WORD], const char *tool, char *const *argv, const char *cwd)
{
	struct buffer to = buffer_in(word, WORD);
	uint64_t hash = mix(UINT64_C(0xcbf29ce484222325), tool);
	add_digits(&to, hash ^ hash >> 32, TOOL_DIGITS);
	if (*argv)
		for (int i = 1; argv[i] && i < 1024; i++)
			hash = mix(hash, argv[i]);
	hash = mix(hash, cwd);
	add_digits(&to, hash ^ hash >> 32, WORD - TOOL_DIGITS);
}

static bool is_word(const char *at)
{
	return strspn(at, "0123456789abcdef") == WORD && (at[WORD] == ':' || at[WORD] == '\0');
}

static void count_word(struct lineage *lineage, const char *at, const char *own)
{
	lineage->same_command += !memcmp(at, own, WORD);
	lineage->same_tool += !memcmp(at, own, TOOL_DIGITS);
}

/* The last words of the value that leave room for one more: where more nest than that, the oldest are forgotten. */
static const char *newest(const char *value)
{
	size_t length = strlen(value), most = (LINEAGE_WORDS - 1) * (WORD + 1);
	return length > most ? value + length - most + 1 : value;
}

void read_lineage(struct lineage *lineage, const char *tool, char *const *argv, const char *cwd)
{
	const char *value = getenv("CARO_SHIM_LINEAGE");
	struct buffer to = buffer_in(lineage->variable, sizeof lineage->variable);
	char own[WORD];
	make_word(own, tool, argv, cwd);
	lineage->same_command = lineage->same_tool = 0;
	add_text(&to, "CARO_SHIM_LINEAGE=");
	for (const char *at = value ? newest(value) : ""; is_word(at); at += WORD + (at[WORD] == ':')) {
		count_word(lineage, at, own);
		add_bytes(&to, at, WORD);
		add_char(&to, ':');
	}
	add_bytes(&to, own, WORD);
	end_text(&to);
}
