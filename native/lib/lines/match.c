#include "lib/lines/match.h"

#include "lib/lines/lines_file.h"

#include <string.h>

/* Points of a term by where it stands. Measured with bench/pick_lines.py on searches for lines that were typed again. */
#ifndef POINTS
#define POINTS                                                                                                         \
	{                                                                                                              \
		1000, 960, 900, 840, 800, 620, 560                                                                     \
	}
#endif
enum place { WHOLE_AT_START, AT_START, WHOLE_WORD, WORD_START, INITIALS, INSIDE, LATER_INITIALS };
static const int points[] = POINTS;
#define FUZZY_BEST 500
#define FUZZY_BYTES 512
#define INITIALS_MAX 64

static char folded(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

static bool is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || (c & 0x80);
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n';
}

void read_search(struct search *search, struct bytes text)
{
	*search = (struct search){0};
	for (size_t i = 0; i < text.length && search->count < TERMS_MAX;) {
		while (i < text.length && is_blank(text.data[i]))
			i++;
		size_t start = i;
		while (i < text.length && !is_blank(text.data[i]))
			i++;
		struct term *term = &search->terms[search->count];
		term->length = i - start < TERM_BYTES ? i - start : TERM_BYTES;
		if (!term->length)
			break;
		for (size_t k = 0; k < term->length; k++)
			term->exact |= text.data[start + k] >= 'A' && text.data[start + k] <= 'Z';
		for (size_t k = 0; k < term->length; k++)
			term->text[k] = term->exact ? text.data[start + k] : folded(text.data[start + k]);
		term->mask = characters_of((struct bytes){term->text, term->length});
		search->mask |= term->mask;
		search->count++;
	}
}

static bool stands_at(const struct term *term, struct bytes text, size_t at)
{
	if (term->length > text.length - at)
		return false;
	if (term->exact)
		return memcmp(term->text, text.data + at, term->length) == 0;
	for (size_t i = 0; i < term->length; i++)
		if (folded(text.data[at + i]) != term->text[i])
			return false;
	return true;
}

/* The next place at or behind `at`; text.length: none. */
static size_t next_place(const struct term *term, struct bytes text, size_t at)
{
	char first = term->text[0], other = first;
	if (!term->exact && first >= 'a' && first <= 'z')
		other = (char)(first - ('a' - 'A'));
	for (; at + term->length <= text.length; at++)
		if ((text.data[at] == first || text.data[at] == other) && stands_at(term, text, at))
			return at;
	return text.length;
}

static enum place place_of(const struct term *term, struct bytes text, size_t at)
{
	size_t end = at + term->length;
	bool starts = at == 0 || !is_word(text.data[at - 1]) || !is_word(text.data[at]);
	bool ends = end == text.length || !is_word(text.data[end]) || !is_word(text.data[end - 1]);
	bool blank = at == 0 || is_blank(text.data[at - 1]);
	if (at == 0)
		return ends ? WHOLE_AT_START : AT_START;
	if (starts && ends && blank && (end == text.length || is_blank(text.data[end])))
		return WHOLE_WORD;
	return starts ? WORD_START : INSIDE;
}

static bool is_initial(struct bytes text, size_t at)
{
	return !is_blank(text.data[at]) && (at == 0 || is_blank(text.data[at - 1]));
}

/* The next initial at or behind `at` that is `c`, by its word's first character or the first behind its dashes. */
static size_t next_initial(struct bytes text, size_t at, char c, bool exact, size_t *words)
{
	for (; at < text.length; at++) {
		if (!is_initial(text, at))
			continue;
		size_t letter = at;
		while (letter + 1 < text.length && text.data[letter] == '-' && c != '-')
			letter++;
		if ((exact ? text.data[letter] : folded(text.data[letter])) == c)
			return letter;
		++*words;
	}
	return text.length;
}

/* Points as the initials of words one after the other, from the first (best) or from a later one. */
static int match_initials(const struct term *term, struct bytes text, size_t places[INITIALS_MAX])
{
	size_t left_out = 0, at = 0;
	if (term->length < 2 || term->length > INITIALS_MAX)
		return 0;
	for (size_t i = 0; i < term->length; i++) {
		places[i] = next_initial(text, at, term->text[i], term->exact, &left_out);
		if (places[i] == text.length)
			return 0;
		at = places[i] + 1;
	}
	if (!left_out)
		return points[INITIALS];
	int lost = left_out > 8 ? 80 : (int)left_out * 10;
	return points[LATER_INITIALS] - lost;
}

/* Points as letters in this order anywhere: those that follow each other or begin a word count most. */
static int match_spread(const struct term *term, struct bytes text, unsigned char *marks, size_t room)
{
	size_t end = 0, wanted = 0;
	if (text.length > FUZZY_BYTES)
		text.length = FUZZY_BYTES;
	for (; end < text.length && wanted < term->length; end++)
		wanted += (term->exact ? text.data[end] : folded(text.data[end])) == term->text[wanted];
	if (wanted < term->length)
		return 0;
	/* Backwards from there: the shortest stretch that ends so. */
	size_t at = end, good = 0, last = end;
	while (wanted) {
		at--;
		if ((term->exact ? text.data[at] : folded(text.data[at])) != term->text[wanted - 1])
			continue;
		wanted--;
		good += (at + 1 == last) + 2 * (at == 0 || (is_word(text.data[at]) && !is_word(text.data[at - 1])));
		last = at;
		if (marks && at < room)
			marks[at] = 1;
	}
	size_t stretch = end - at;
	return 1 + (int)(FUZZY_BEST * (good + term->length) / (3 * term->length + stretch));
}

int match_term(const struct term *term, struct bytes text)
{
	size_t places[INITIALS_MAX];
	int best = 0;
	if (!term->length || term->length > text.length)
		return 0;
	for (size_t at = 0; (at = next_place(term, text, at)) < text.length; at++) {
		int found = points[place_of(term, text, at)];
		best = found > best ? found : best;
		if (best >= points[WHOLE_WORD])
			return best;
	}
	int initials = match_initials(term, text, places);
	best = initials > best ? initials : best;
	if (!best && term->fuzzy)
		return match_spread(term, text, NULL, 0);
	return best;
}

int match_line(const struct search *search, struct bytes text)
{
	int sum = 0;
	for (size_t i = 0; i < search->count; i++) {
		int found = match_term(&search->terms[i], text);
		if (!found)
			return 0;
		sum += found;
	}
	return search->count ? sum / (int)search->count : 1;
}

static void mark_term(const struct term *term, struct bytes text, unsigned char *marks, size_t room)
{
	size_t places[INITIALS_MAX], best = text.length;
	for (size_t at = 0; (at = next_place(term, text, at)) < text.length; at++)
		if (best == text.length || points[place_of(term, text, at)] > points[place_of(term, text, best)])
			best = at;
	int initials = match_initials(term, text, places);
	if (best < text.length && points[place_of(term, text, best)] >= initials) {
		for (size_t i = best; i < best + term->length && i < room; i++)
			marks[i] = 1;
	} else if (initials) {
		for (size_t i = 0; i < term->length; i++)
			if (places[i] < room)
				marks[places[i]] = 1;
	} else if (term->fuzzy) {
		match_spread(term, text, marks, room);
	}
}

void mark_matches(const struct search *search, struct bytes text, unsigned char *marks, size_t room)
{
	memset(marks, 0, room);
	for (size_t i = 0; i < search->count; i++)
		if (search->terms[i].length <= text.length && search->terms[i].length)
			mark_term(&search->terms[i], text, marks, room);
}
