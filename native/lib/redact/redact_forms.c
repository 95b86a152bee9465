/* What only the whole text tells. */
#include "lib/redact/redact.h"
#include "lib/redact/redact_calls.h"
#include "lib/redact/redact_chars.h"
#include "lib/redact/redact_closely.h"
#include "lib/redact/redact_formats.h"
#include "lib/redact/redact_logins.h"
#include "lib/redact/redact_names.h"
#include "lib/redact/redact_plain.h"
#include "lib/redact/redact_scan.h"
#include "lib/redact/redact_table.h"
#include "lib/redact/redact_text.h"

#include <string.h>

/* The parts of a substitution are shorter. */
#define NEAR 64

static size_t line_end(const struct marks *marks, size_t at)
{
	size_t stop = find_char(marks->text, at, marks->length, '\n');
	return stop > marks->length ? marks->length : stop;
}

/* The values below `data:` and `stringData:` of a Kubernetes secret, as far as lines are indented. */
static void scan_secret_data(struct marks *marks)
{
	const char *text = marks->text;
	bool inside = false;
	for (size_t at = 0, stop; at < marks->length; at = stop + 1) {
		stop = line_end(marks, at);
		size_t first = run_of(text, at, stop, C_BLANK), colon = find_char(text, first, stop, ':');
		if (inside && first > at)
			add_mark(marks,
				 (struct span){run_of(text, colon < stop ? colon + 1 : first, stop, C_BLANK), stop},
				 false);
		else
			inside = in_list("data:\0stringData:\0", text + first, stop - first);
	}
}

static size_t entry_end(const struct marks *marks, size_t at)
{
	while (at < marks->length && marks->text[at] != '\\' && !is_char(marks->text[at], C_SPACE | C_QUOTE))
		at++;
	return at;
}

/* .pgpass: `host:port:database:user:password`; its port is a number or `*`. */
static void scan_pgpass(struct marks *marks)
{
	const char *text = marks->text;
	for (size_t at = 0, stop; at < marks->length; at = stop + 1) {
		size_t colons[4], count = 0;
		stop = entry_end(marks, at);
		for (size_t from = at; count < 4; from = colons[count++] + 1)
			if ((colons[count] = find_char(text, from, stop, ':')) > stop)
				break;
		if (count < 4)
			continue;
		size_t port = colons[0] + 1, length = colons[1] - port;
		bool any = length == 1 && text[port] == '*';
		if (any || (length > 0 && run_of(text, port, colons[1], C_DIGIT) == colons[1]))
			add_mark(marks, (struct span){colons[3] + 1, stop}, false);
	}
}

/* At least six characters with a digit, or with capitals after small letters. */
bool looks_mixed(const char *value, size_t length)
{
	for (size_t i = 0; length >= 6 && i < length; i++) {
		bool capital = value[i] >= 'A' && value[i] <= 'Z';
		if (is_char(value[i], C_DIGIT) || (i > 0 && capital && value[i - 1] >= 'a' && value[i - 1] <= 'z'))
			return true;
	}
	return false;
}

static size_t find_near(const struct marks *marks, size_t at, size_t end, char c)
{
	end = end < marks->length ? end : marks->length;
	size_t found = find_char(marks->text, at, end, c);
	return found < end ? found : 0;
}

/* `s/PATTERN/X/` where the pattern names a secret and X looks like one. */
static void scan_substitutions(struct marks *marks)
{
	const char *text = marks->text;
	for (size_t at = find_char(text, 0, marks->length, 's'); at + 1 < marks->length;
	     at = find_char(text, at + 1, marks->length, 's')) {
		char delimiter = text[at + 1];
		if (!memchr("/|#,!@", delimiter, 6) || (at > 0 && is_char(text[at - 1], C_NAME)))
			continue;
		size_t middle = find_near(marks, at + 2, at + NEAR, delimiter);
		size_t stop = middle ? find_near(marks, middle + 1, middle + NEAR, delimiter) : 0, value = stop;
		if (!stop || !sounds_secret((struct bytes){text + at + 2, middle - at - 2}))
			continue;
		while (value > middle + 1 && !memchr(" :=\"'", text[value - 1], 5))
			value--;
		if (looks_mixed(text + value, stop - value) && !is_secret_name(text + value, stop - value))
			add_mark(marks, (struct span){value, stop}, false);
	}
}

static size_t small_run(const struct marks *marks, size_t at)
{
	while (at < marks->length && marks->text[at] >= 'a' && marks->text[at] <= 'z')
		at++;
	return at;
}

static bool is_edge(const struct marks *marks, size_t at)
{
	return at >= marks->length || memchr("\"'`=\n", marks->text[at], 5) != NULL;
}

/* 12, 15, 18, 21 or 24 small words of 3 to 8 letters and nothing else, in quotes or alone (BIP 39). */
static size_t mark_mnemonic(struct marks *marks, size_t first)
{
	const char *text = marks->text;
	bool option = first > 0 && text[first - 1] == '-', plain = false;
	if (option) { /* --mnemonic garlic orbit ... */
		first = small_run(marks, first);
		if (first == marks->length || (text[first] != ' ' && text[first] != '='))
			return first;
		first++;
	}
	size_t at = first, last = first, count = 0;
	while (at < marks->length) {
		size_t stop = small_run(marks, at);
		if (stop - at < 3 || stop - at > 8)
			break;
		count++;
		plain = plain || in_list(prose, text + at, stop - at);
		last = at = stop;
		if (stop == marks->length || text[stop] != ' ')
			break;
		at++;
	}
	if (count >= 12 && count <= 24 && count % 3 == 0 && !plain &&
	    (option || first == 0 || is_edge(marks, first - 1) || starts_with(text, first - 2, first, ": ")) &&
	    is_edge(marks, last))
		add_mark(marks, (struct span){first, last}, false);
	size_t word = small_run(marks, first);
	return at > word ? at : word;
}

static void scan_forms(struct marks *marks)
{
	const char *text = marks->text;
	if (find_in(text, 0, marks->length, "kind: Secret") < marks->length)
		scan_secret_data(marks);
	if (find_in(text, 0, marks->length, ".pgpass") < marks->length)
		scan_pgpass(marks);
	scan_formats(marks);
	scan_substitutions(marks);
	scan_replacements(marks);
	scan_calls(marks);
	scan_inserts(marks);
	for (size_t at = 0; at < marks->length;)
		at = small_run(marks, at) > at ? mark_mnemonic(marks, at) : at + 1;
}

void redact_fully(void)
{
	static const struct text_rooms rooms = {
		.names = scan_names,
		.forms = scan_forms,
		.is_plain_value = is_plain_value,
		.public_end = find_public_end,
		.is_login = is_login,
		.is_plain_query = is_plain_query,
		.words = &word_rooms,
		.find = find_sorted_row,
		.readers = {reader_rows, reader_starts},
		.options = {text_option_rows, text_option_starts},
		.positions = {text_position_rows, text_position_starts},
		.hints = text_hint_words,
		.names_besides = more_names,
		.oracle_besides = more_oracle_tools,
	};
	text_rooms = &rooms;
}
