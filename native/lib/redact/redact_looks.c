#include "lib/redact/redact_looks.h"

#include "lib/redact/redact_chars.h"
#include "lib/redact/redact_names.h"
#include "lib/redact/redact_rooms.h"
#include "lib/redact/redact_table.h"

#include <string.h>

/* What a run of characters is made of; anything but letters and digits cuts it into pieces. */
struct looks {
	size_t digits, upper, lower;
	size_t changes; /* a digit beside a letter */
	size_t turns;   /* a capital after a small letter */
	size_t bumps;   /* two capitals in a row, and one small letter between capitals */
	size_t longest; /* small letters in a row */
	bool hex, odd;
};

/* A piece of at least six with more than two digits at its end, no year, or any elsewhere. */
static bool is_odd(const char *text, size_t start, size_t end)
{
	size_t first = until_of(text, start, end, C_DIGIT), digits = run_of(text, first, end, C_DIGIT);
	if (end - start < 6 || first == end || (first == start && digits == end))
		return false;
	bool year = starts_with(text, first, end, "19") || starts_with(text, first, end, "20");
	if (digits == end && (digits - first < 3 || year))
		return false;
	return !in_list_lower(plain_pieces, text + start, end - start);
}

/* `before`: the character before it in its piece, '\0' for none. */
static void take_run(struct looks *looks, const char *text, size_t at, size_t stop, char before)
{
	size_t length = stop - at;
	looks->hex = looks->hex && run_of(text, at, stop, C_HEX) == stop;
	if (is_char(text[at], C_DIGIT)) {
		looks->digits += length;
		looks->changes += before != '\0';
		return;
	}
	looks->changes += is_char(before, C_DIGIT);
	if (is_char(text[at], C_CAPITAL)) {
		looks->upper += length;
		looks->turns += is_char(before, C_SMALL);
		looks->bumps += length >= 2;
		return;
	}
	looks->lower += length;
	looks->bumps += length == 1 && before != '\0';
	looks->longest = length > looks->longest ? length : looks->longest;
}

static struct looks look_at(const char *text, size_t start, size_t end)
{
	struct looks looks = {.hex = true};
	for (size_t at = start, piece = start; at < end;) {
		unsigned kind = is_char(text[at], C_SMALL) ? C_SMALL : is_char(text[at], C_DIGIT) ? C_DIGIT : C_CAPITAL;
		size_t stop = run_of(text, at, end, kind);
		if (stop > at)
			take_run(&looks, text, at, stop, at > piece ? text[at - 1] : '\0');
		at = stop;
		if (at == end || !is_char(text[at], C_ALNUM)) {
			looks.odd = looks.odd || is_odd(text, piece, at);
			piece = ++at;
		}
	}
	return looks;
}

size_t extension_of(const char *text, size_t start, size_t end)
{
	size_t first = end;
	while (first > start && is_char(text[first - 1], C_SMALL))
		first--;
	return first > start + 1 && text[first - 1] == '.' && end - first <= 5 ? first : 0;
}

/* A word, with digits at its end or not, and a short extension. */
static bool is_file_name(const char *text, size_t start, size_t end)
{
	size_t first = until_of(text, start, end, C_DIGIT);
	return run_of(text, first, end, C_DIGIT) + 1 == extension_of(text, start, end);
}

bool looks_random(const char *text, size_t start, size_t end)
{
	start += text_rooms && starts_with(text, start, end, "0x") ? 2 : 0;
	struct looks looks = look_at(text, start, end);
	size_t letters = looks.upper + looks.lower, count = letters + looks.digits;
	if (looks.digits == 0)
		return count >= 10 && looks.turns >= 2 && looks.turns + looks.bumps >= 5;
	if (count < 6 || letters == 0)
		return false;
	if (looks.hex && (count <= 16 || count == 40 || starts_with(text, start + 8, end, "-")))
		return false;
	if ((start >= 7 && starts_with(text, start - 7, start, "sha256:")) || is_file_name(text, start, end))
		return false;
	return looks.odd || looks.changes + looks.turns >= 3 || find_char(text, start, end, '!') < end;
}

bool is_token(const char *text, size_t start, size_t end)
{
	struct looks looks = look_at(text, start, end);
	size_t count = looks.upper + looks.lower + looks.digits;
	if (looks.lower == 0)
		return count >= 16 && looks.changes >= 3 && !looks.hex;
	if (count < 20 || looks.upper < 2 || looks.digits < 2)
		return false;
	return looks.changes >= 4 || (looks.changes >= 2 && looks.turns >= 3 && looks.longest <= 4);
}

bool mark_random(struct marks *marks, size_t start, size_t end)
{
	bool found = false;
	for (size_t at = start, stop; at < end; at = stop + 1) {
		while ((stop = public_end(marks->text, at, end)))
			at = stop;
		stop = run_of(marks->text, at, end, C_LOOSE);
		if (stop > at && looks_random(marks->text, at, stop)) {
			add_mark(marks, (struct span){at, stop}, false);
			found = true;
		}
	}
	return found;
}

size_t take_near_name(struct near *near, struct marks *marks, size_t at, size_t stop, size_t end)
{
	size_t public = public_end(marks->text, at, end);
	if (public)
		return public;
	if (is_hint(marks->text + at, stop - at)) {
		near->left = near->words;
		near->until = stop + NEAR_CHARS;
		return 0;
	}
	if (near->left == 0 || at > near->until)
		return 0;
	size_t loose = run_of(marks->text, at, end, C_LOOSE);
	if (!looks_random(marks->text, at, loose)) {
		near->left--;
		return 0;
	}
	add_mark(marks, (struct span){at, loose}, false);
	near->until = loose + NEAR_CHARS;
	return loose;
}

void scan_near(struct marks *marks, size_t start, size_t end, int words)
{
	struct near near = {.words = words};
	for (size_t at = start, stop; at < end; at = stop) {
		stop = at + 1;
		if (!is_char(marks->text[at], C_ALNUM))
			continue;
		stop = run_of(marks->text, at, end, C_NAME);
		size_t marked = take_near_name(&near, marks, at, stop, end);
		stop = marked ? marked : stop;
	}
}
