#include "relay/named_values.h"

#include "lib/redact/redact_chars.h"
#include "lib/redact/redact_names.h"

#include <string.h>

#define LONGEST_VALUE 512
#define NAME_WORDS 3
#define NAME_ALONE_MAX 40

/* A line ended with the name of a secret; blank lines may stand between. */
static bool waits;
static int blank_lines;

static bool is_in(char c, const char *set)
{
	return c != '\0' && strchr(set, c) != NULL;
}

static struct bytes trimmed(struct bytes line, const char *set)
{
	while (line.length && is_in(line.data[0], set))
		line = (struct bytes){line.data + 1, line.length - 1};
	while (line.length && is_in(line.data[line.length - 1], set))
		line.length--;
	return line;
}

/* No word of a language, no path, no prompt, nothing that stands for a value. */
static bool looks_like_value(struct bytes word, bool alone)
{
	bool letter = false, digit = false, sign = false, small = false, capital_inside = false;
	if (word.length < 4 || word.length > LONGEST_VALUE || is_in(word.data[0], "/.~$<*-") ||
	    is_in(word.data[word.length - 1], "$#%>:") || find_in(word.data, 0, word.length, "://") <= word.length)
		return false;
	for (size_t i = 0; i < word.length; i++) {
		char c = word.data[i];
		letter = letter || is_char(c, C_LETTER);
		small = small || is_char(c, C_SMALL);
		digit = digit || is_char(c, C_DIGIT);
		sign = sign || (!is_char(c, C_ALNUM) && i + 1 < word.length && !is_in(c, "'.-_/,:()"));
		capital_inside = capital_inside || (i && small && is_char(c, C_CAPITAL));
	}
	return alone ? letter || digit : letter && (digit || sign || capital_inside);
}

static size_t start_of_name(struct bytes line)
{
	size_t at = line.length;
	for (int words = 0; at && words < NAME_WORDS; words++) {
		while (at && is_char(line.data[at - 1], C_BLANK))
			at--;
		while (at && !is_char(line.data[at - 1], C_BLANK) && !is_in(line.data[at - 1], ":=;,|"))
			at--;
		if (at && !is_char(line.data[at - 1], C_BLANK))
			break;
	}
	return at;
}

static bool names_secret(struct bytes name)
{
	name = trimmed(name, " \t\"'`*-");
	return name.length && is_secret_name(name.data, name.length);
}

static void hide_word(struct held *held, const char *text, const uint32_t *origin, struct bytes word)
{
	size_t from = (size_t)(word.data - text);
	for (size_t i = from; i < from + word.length; i++)
		held->hidden[origin[i]] = true;
}

/* NAME: VALUE, NAME = VALUE */
static void hide_beside(struct held *held, const char *text, const uint32_t *origin, struct bytes line)
{
	for (size_t at = 1; at + 1 < line.length; at++) {
		if (!is_in(line.data[at], ":="))
			continue;
		struct bytes before = {line.data, at};
		size_t start = start_of_name(before), from = at + 1;
		from += line.data[at] == '=' && line.data[from] == '>';
		from = run_of(line.data, from, line.length, C_BLANK);
		size_t end = until_of(line.data, from, line.length, C_BLANK);
		struct bytes word = trimmed((struct bytes){line.data + from, end - from}, "\"'`,;");
		if (names_secret((struct bytes){line.data + start, at - start}) && looks_like_value(word, false))
			hide_word(held, text, origin, word);
	}
}

/* "The password to go on with": what is said of the name behind it. */
static struct bytes before_preposition(struct bytes line)
{
	static const char *const words[] = {" to ", " for ", " of ", " in "};
	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		size_t at = find_in(line.data, 0, line.length, words[i]);
		if (at < line.length)
			line.length = at;
	}
	return line;
}

static struct bytes last_words(struct bytes line)
{
	size_t start = start_of_name(line);
	return (struct bytes){line.data + start, line.length - start};
}

/* `password:`, `"token" =>`, `Your new password is:`; or the name alone. */
static bool ends_with_name(struct bytes line)
{
	struct bytes bare = trimmed(line, " \t|>\"'([{`");
	if (bare.length && is_in(bare.data[bare.length - 1], ":="))
		return names_secret(last_words(before_preposition(trimmed(bare, " \t:="))));
	if (!is_char(line.data[0], C_LETTER))
		return false;
	for (size_t i = 0; i < line.length; i++)
		if (!is_char(line.data[i], C_NAME | C_BLANK))
			return false;
	return line.length <= NAME_ALONE_MAX && start_of_name(line) == 0 && names_secret(line);
}

/* At a prompt the line's end is that of what was typed, and comes later. */
static bool came_at_once(const struct held *held, size_t last, size_t newline)
{
	for (size_t i = 0; i < held->piece_count; i++)
		if (held->pieces[i].end > last)
			return held->pieces[i].end > newline;
	return false;
}

static void read_line(struct held *held, const char *text, const uint32_t *origin, struct bytes line, bool ended)
{
	struct bytes words = trimmed(line, " \t");
	if (!words.length) {
		waits = waits && ++blank_lines < 2;
		return;
	}
	struct bytes alone = trimmed(words, " \t\"'`,;|");
	if (waits && until_of(alone.data, 0, alone.length, C_BLANK) == alone.length && looks_like_value(alone, true))
		hide_word(held, text, origin, alone);
	hide_beside(held, text, origin, words);
	size_t start = (size_t)(line.data - text), last = (size_t)(words.data - text) + words.length - 1;
	waits = ended && ends_with_name(words) && came_at_once(held, origin[last], origin[start + line.length]);
	blank_lines = 0;
}

void hide_named_values(struct held *held, const char *text, const uint32_t *origin, size_t length)
{
	for (size_t start = 0; start < length;) {
		size_t end = find_char(text, start, length, '\n');
		bool ended = end < length;
		end = ended ? end : length;
		read_line(held, text, origin, (struct bytes){text + start, end - start}, ended);
		start = end + 1;
	}
}
