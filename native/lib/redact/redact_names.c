#include "lib/redact/redact_names.h"

#include "lib/base/bytes.h"
#include "lib/redact/redact_chars.h"
#include "lib/redact/redact_rooms.h"
#include "lib/redact/redact_table.h"

#define WORDS_MAX 32

static bool same_lower(const char *word, size_t length, const char *other)
{
	for (size_t i = 0; i < length; i++)
		if (other[i] == '\0' || lower_char(word[i]) != other[i])
			return false;
	return other[length] == '\0';
}

static size_t cut_words(const char *name, size_t length, struct bytes words[WORDS_MAX])
{
	size_t count = 0, at = 0;
	while (at < length && count < WORDS_MAX) {
		size_t start = at;
		while (at < length && is_char(name[at], C_ALNUM) &&
		       !(at > start && name[at] >= 'A' && name[at] <= 'Z' && name[at - 1] >= 'a' &&
			 name[at - 1] <= 'z'))
			at++;
		if (at > start)
			words[count++] = (struct bytes){name + start, at - start};
		else
			at++;
	}
	return count;
}

static bool any_in(const char *list, const struct bytes *words, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (in_list_lower(list, words[i].data, words[i].length))
			return true;
	return false;
}

static bool is_secret_word(const struct bytes *words, size_t i, size_t count)
{
	struct bytes word = words[i];
	if (ends_in_list(secret_endings, word))
		return true;
	if (i == 0)
		return false;
	if (i == count - 1 && in_list_lower(secret_last, word.data, word.length))
		return true;
	return same_lower(word.data, word.length, "key") &&
	       in_list_lower(before_key, words[i - 1].data, words[i - 1].length);
}

bool is_secret_name(const char *name, size_t length)
{
	struct bytes words[WORDS_MAX];
	size_t count = cut_words(name, length, words);
	for (size_t i = 0; i < count; i++)
		if (is_secret_word(words, i, count) && !any_in(not_before, words + i + 1, count - i - 1) &&
		    !any_in(not_after, words, i))
			return true;
	return false;
}

static bool hints(struct bytes word)
{
	return in_list_lower(hint_words, word.data, word.length) || ends_in_list(hint_endings, word) ||
	       (text_rooms && in_list_lower(text_rooms->hints, word.data, word.length));
}

bool is_hint(const char *name, size_t length)
{
	struct bytes words[WORDS_MAX];
	size_t count = cut_words(name, length, words);
	bool found = false;
	for (size_t i = 0; i < count && !found; i++) {
		struct bytes bare = words[i];
		while (bare.length && is_char(bare.data[bare.length - 1], C_DIGIT))
			bare.length--;
		found = hints(words[i]) || (bare.length < words[i].length && hints(bare));
	}
	return found && !any_in(no_hints, words, count);
}

bool is_secret_key(const char *name, size_t length)
{
	return in_list(option_names, name, length) ||
	       (text_rooms && in_list(text_rooms->names_besides, name, length)) || is_secret_name(name, length);
}
