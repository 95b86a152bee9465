#include "lib/redact/redact_formats.h"

#include "lib/redact/redact_chars.h"
#include "lib/redact/redact_command.h"
#include "lib/redact/redact_names.h"
#include "lib/redact/redact_scan.h"
#include "lib/redact/redact_table.h"
#include "lib/redact/redact_value.h"

static size_t line_end(const struct marks *marks, size_t at)
{
	size_t stop = find_char(marks->text, at, marks->length, '\n');
	return stop > marks->length ? marks->length : stop;
}

/* `ann:X` on a line of its own, as cloud-init's `chpasswd: list:` has it. */
static void scan_user_list(struct marks *marks)
{
	const char *text = marks->text;
	for (size_t at = 0, stop; at < marks->length; at = stop + 1) {
		size_t first = at;
		stop = line_end(marks, at);
		while (first < stop && (text[first] == '-' || is_char(text[first], C_BLANK)))
			first++;
		size_t colon = run_of(text, first, stop, C_NAME);
		if (at < first && first < colon && colon + 1 < stop && text[colon] == ':' &&
		    !is_char(text[colon + 1], C_SPACE))
			add_mark(marks, (struct span){colon + 1, stop}, false);
	}
}

/* X in `secret,id=a,data=X` of QEMU. */
static void scan_objects(struct marks *marks)
{
	for (size_t at = 0; (at = find_in(marks->text, at, marks->length, ",data=")) < marks->length; at += 6)
		add_mark(marks, (struct span){at + 6, until_of(marks->text, at + 6, marks->length, C_END)}, false);
}

/* X in `WIFI:T:WPA;S:ann;P:X;;`, which stands in a QR code. */
static void scan_wifi(struct marks *marks)
{
	const char *text = marks->text;
	size_t at = find_in(text, 0, marks->length, "WIFI:") + 4;
	for (; (at = find_in(text, at, marks->length, "P:")) < marks->length; at += 2) {
		size_t stop = at + 2;
		while (stop < marks->length && text[stop] != ';' && !is_char(text[stop], C_QUOTE))
			stop++;
		if (text[at - 1] == ':' || text[at - 1] == ';')
			add_mark(marks, (struct span){at + 2, stop}, false);
	}
}

static bool names_secret(const char *text, size_t at, size_t end)
{
	while (at < end) {
		size_t first = run_of(text, at, end, C_SPACE);
		at = until_of(text, first, end, C_SPACE);
		if (is_secret_name(text + first, at - first) || is_text_secret(text + first, at - first))
			return true;
	}
	return false;
}

/* Where the last comment begins, the length of the text: there is none. */
static size_t comment_of(const struct marks *marks)
{
	for (size_t at = marks->length; at > 2; at--)
		if (starts_with(marks->text, at - 3, marks->length, " # "))
			return at - 3;
	return marks->length;
}

/* X in `text X # password`, with no quotes. */
static void mark_typed_word(struct marks *marks, size_t start, size_t end)
{
	const char *text = marks->text;
	size_t value = end;
	while (value > start && text[value - 1] != ' ')
		value--;
	if (value >= start + 6 &&
	    (starts_with(text, value - 6, value, " type ") || starts_with(text, value - 6, value, " text ")))
		add_mark(marks, (struct span){value, end}, true);
}

/* X in `wtype 'X' # password`, where a comment says what a tool types. */
static void scan_typed(struct marks *marks)
{
	const char *text = marks->text;
	size_t comment = comment_of(marks), last = until_of(text, 0, comment, C_SPACE);
	struct bytes tool = base_of((struct bytes){text, last});
	struct span inside;
	if (!in_list(typing_tools, tool.data, tool.length) || !names_secret(text, comment, marks->length))
		return;
	if (until_of(text, last, comment, C_QUOTE) == comment)
		mark_typed_word(marks, last, comment);
	for (size_t at = last; (at = until_of(text, at, comment, C_QUOTE)) < comment; at = inside.end + 1) {
		if (!quoted_span(text, at, comment, &inside))
			return;
		add_mark(marks, inside, true);
	}
}

/* X in `trojan://X@host`: there the name of a user is the secret. */
static void scan_tunnels(struct marks *marks)
{
	const char *text = marks->text;
	for (size_t at = 0, stop; (at = find_in(text, at, marks->length, "://")) < marks->length;) {
		size_t first = back_of(text, at, 0, C_ALNUM), length = at - first;
		at += 3;
		if (!in_list(tunnels, text + first, length))
			continue;
		for (stop = at; stop < marks->length && !is_char(text[stop], C_SPACE | C_QUOTE);)
			if (memchr("@/?#", text[stop++], 4)) {
				stop--;
				break;
			}
		if (starts_with(text, stop, marks->length, "@"))
			add_mark(marks, (struct span){at, stop}, false);
	}
}

/* X in `{SSHA}X`, as LDAP and dovecot write the hash of a password. */
static void scan_schemes(struct marks *marks)
{
	const char *text = marks->text;
	for (size_t at = 0, stop; (at = find_char(text, at, marks->length, '{')) < marks->length; at = stop) {
		stop = at + 1;
		while (stop < marks->length &&
		       (text[stop] == '-' || is_char(text[stop], C_DIGIT) || (text[stop] >= 'A' && text[stop] <= 'Z')))
			stop++;
		if (!starts_with(text, stop, marks->length, "}") ||
		    !in_list(hash_schemes, text + at + 1, stop - at - 1))
			continue;
		size_t last = stop + 1;
		while (last < marks->length && text[last] != ':' && !is_char(text[last], C_END))
			last++;
		add_mark(marks, (struct span){stop + 1, last}, false);
	}
}

static bool holds(const struct marks *marks, const char *needle)
{
	return find_in(marks->text, 0, marks->length, needle) < marks->length;
}

void scan_formats(struct marks *marks)
{
	if (holds(marks, "chpasswd:"))
		scan_user_list(marks);
	if (holds(marks, "secret,id="))
		scan_objects(marks);
	if (holds(marks, "WIFI:"))
		scan_wifi(marks);
	scan_tunnels(marks);
	scan_schemes(marks);
	if (holds(marks, " # "))
		scan_typed(marks);
}
