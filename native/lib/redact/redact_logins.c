#include "lib/redact/redact_logins.h"

#include "lib/redact/redact_chars.h"
#include "lib/redact/redact_looks.h"
#include "lib/redact/redact_names.h"
#include "lib/redact/redact_table.h"

/* `tcp(`, as the DSN of Go's drivers has it, and `host:3128`. */
static bool is_address(const char *text, size_t at, size_t end)
{
	size_t colon = run_of(text, at, end, C_NAME), digits = run_of(text, colon + 1, end, C_DIGIT);
	if (colon == at || colon >= end)
		return false;
	return text[colon] == '(' ||
	       (text[colon] == ':' && digits - colon > 2 && !(digits < end && is_char(text[digits], C_NAME)));
}

static bool is_ipv4(const char *text, size_t at, size_t end)
{
	size_t dots = 0;
	for (; at < end && (text[at] == '.' || is_char(text[at], C_DIGIT)); at++)
		dots += text[at] == '.';
	return at == end && dots == 3;
}

static bool is_user_host(const char *text, size_t first, size_t at, size_t end)
{
	size_t host = at + 1, stop = run_of(text, host, end, C_NAME);
	if (text[first - 1] != ':' || at - first < 4 || stop == host ||
	    (is_char(text[host], C_DIGIT) && !is_ipv4(text, host, stop)))
		return false;
	size_t name = back_of(text, first - 1, 0, C_NAME);
	if (run_of(text, name, first - 1, C_LETTER) < first - 1)
		return false;
	if (name > 0 && !is_char(text[name - 1], C_SPACE | C_QUOTE) && !memchr("/:=", text[name - 1], 3))
		return false;
	bool version = text[host] == 'v' && stop - host > 1 && is_char(text[host + 1], C_DIGIT);
	return !version && !in_list(no_hosts, text + host, stop - host);
}

bool is_login(const char *text, size_t first, size_t at, size_t end)
{
	return is_address(text, at + 1, end) || is_user_host(text, first, at, end);
}

bool is_plain_query(const char *text, struct span name, size_t at, size_t end)
{
	size_t stop = run_of(text, at, end, C_SMALL);
	bool plain = stop == end || text[stop] == '#' || is_char(text[stop], C_END);
	return plain && !in_list_lower(query_words, text + name.start, name.end - name.start);
}

void mark_pair(struct marks *marks, struct span word)
{
	const char *text = marks->text;
	size_t split = find_char(text, word.start, word.end, ':');
	if (split >= word.end || until_of(text, word.start, word.end, C_SPACE) < word.end ||
	    find_char(text, word.start, word.end, '/') < word.end || starts_with(text, split + 1, word.end, "?"))
		return;
	if (run_of(text, split + 1, word.end, C_DIGIT) < word.end)
		add_mark(marks, (struct span){split + 1, word.end}, true);
}
