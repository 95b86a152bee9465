#include "shim/lineage.h"

#include "lib/base/buffer.h"

#include <stdlib.h>
#include <string.h>

extern char **environ;

#define TOOL_DIGITS 4
#define COMMAND_DIGITS 12 /* the tool's among them */
#define DIGITS (LINEAGE_WORD - 1)
#define NOT_LOOKED_AT "0000"
#define BY_NAME ':'
#define BY_PATH '/'
#define IN_PLACE '+'
#define HEX "0123456789abcdef"
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

static void make_word(char word[DIGITS], const struct call *call)
{
	struct buffer to = buffer_in(word, DIGITS);
	uint64_t hash = mix(UINT64_C(0xcbf29ce484222325), call->tool);
	add_digits(&to, hash ^ hash >> 32, TOOL_DIGITS);
	if (*call->argv)
		for (int i = 1; call->argv[i] && i < 1024; i++)
			hash = mix(hash, call->argv[i]);
	hash = mix(hash, call->cwd);
	add_digits(&to, hash ^ hash >> 32, COMMAND_DIGITS - TOOL_DIGITS);
	add_text(&to, NOT_LOOKED_AT);
}

/* What shells and shims change each time they start something. */
static bool is_noise(const char *variable)
{
	static const char *const names[] = {"CARO_", "SHIM_ACTIVE=", "_=", "SHLVL=", "PWD=", "OLDPWD="};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (!strncmp(variable, names[i], strlen(names[i])))
			return true;
	return false;
}

/* A sum: their order is anybody's choice. */
static void add_environment(char word[DIGITS])
{
	uint64_t sum = 1;
	struct buffer to = buffer_in(word + COMMAND_DIGITS, DIGITS - COMMAND_DIGITS);
	for (char **at = environ; *at; at++)
		if (!is_noise(*at))
			sum += mix(UINT64_C(0xcbf29ce484222325), *at);
	add_digits(&to, sum ^ sum >> 32, DIGITS - COMMAND_DIGITS);
}

static bool is_word(const char *at)
{
	return (*at == BY_NAME || *at == BY_PATH || *at == IN_PLACE) && strspn(at + 1, HEX) == DIGITS;
}

static bool same_environment(const char *digits, const char *own)
{
	digits += COMMAND_DIGITS;
	return !strncmp(digits, NOT_LOOKED_AT, DIGITS - COMMAND_DIGITS) ||
	       !strncmp(digits, own + COMMAND_DIGITS, DIGITS - COMMAND_DIGITS);
}

/* The environment is looked at, and told to those below, only where all else is equal: it is the longest of all. */
static void count_words(struct lineage *lineage, const char *at, char own[DIGITS], bool by_path)
{
	bool looked_at = by_path;
	for (; is_word(at); at += LINEAGE_WORD) {
		if (!memcmp(at + 1, own, TOOL_DIGITS))
			lineage->same_tool += *at == BY_PATH ? 2 : *at == IN_PLACE;
		if (memcmp(at + 1, own, COMMAND_DIGITS) != 0)
			continue;
		if (!looked_at)
			add_environment(own);
		looked_at = true;
		lineage->same_command += by_path || same_environment(at + 1, own);
	}
}

/* The last words that leave room for one more: where more nest than that, the oldest are forgotten. */
static const char *newest(const char *words)
{
	size_t length = strlen(words), most = (LINEAGE_WORDS - 1) * LINEAGE_WORD;
	return length > most ? words + length - most : words;
}

static const char *read_depth(struct lineage *lineage, const char *value)
{
	size_t digits = value ? strspn(value, "0123456789") : 0;
	if (digits == 0 || digits > 3 || !is_word(value + digits))
		return "";
	for (size_t i = 0; i < digits; i++)
		lineage->depth = lineage->depth * 10 + (size_t)(value[i] - '0');
	return newest(value + digits);
}

void read_lineage(struct lineage *lineage, const struct call *call)
{
	struct buffer to = buffer_in(lineage->variable, sizeof lineage->variable);
	char own[DIGITS];
	*lineage = (struct lineage){0};
	const char *words = read_depth(lineage, getenv("CARO_SHIM_LINEAGE"));
	make_word(own, call);
	count_words(lineage, words, own, call->by_path);
	add_text(&to, "CARO_SHIM_LINEAGE=");
	add_unsigned(&to, lineage->depth + 1);
	add_text(&to, words);
	add_char(&to, call->by_path ? BY_PATH : call->in_place ? IN_PLACE : BY_NAME);
	add_bytes(&to, own, DIGITS);
	end_text(&to);
}
