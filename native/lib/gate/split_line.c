#include "lib/gate/split_line.h"

#include "lib/base/memory.h"
#include "lib/gate/shell_names.h"

#include <string.h>

#define HEREDOCS_MAX 8

struct heredoc {
	char end[64];
	bool strip_tabs;
};

struct splitter {
	const char *at;
	int depth;
	split_visitor *visit;
	void *context;
	bool stopped;
	/* The command being read: words one after the other, each with its NUL. */
	char *text;
	size_t used;
	char *words[SPLIT_WORDS_MAX + 1];
	size_t count;
	bool in_word, next_is_output, next_is_input;
	bool shell_reads; /* the last command is a shell: a here-document is code for it */
	struct heredoc heredocs[HEREDOCS_MAX];
	size_t heredoc_count;
};

static void put(struct splitter *s, char c)
{
	if (!s->in_word) {
		if (s->count == SPLIT_WORDS_MAX || s->used + 2 >= SPLIT_TEXT_MAX)
			return;
		s->in_word = true;
		s->words[s->count] = s->text + s->used;
	}
	if (s->used + 1 < SPLIT_TEXT_MAX)
		s->text[s->used++] = c;
}

static void put_quoted(struct splitter *s, char c)
{
	if (strchr("~$*?[`", c))
		put(s, SPLIT_QUOTED);
	put(s, c);
}

/* An empty pair of quotes is a word too. */
static void start_word(struct splitter *s)
{
	put(s, 'x');
	if (s->in_word && s->used)
		s->used--;
}

static void visit_words(struct splitter *s, char *const *words, size_t count, bool is_output)
{
	struct split_command command = {words, count, is_output};
	if (!s->stopped && count && !s->visit(s->context, &command, s->depth))
		s->stopped = true;
}

static bool is_shell(const char *word)
{
	const char *slash = strrchr(word, '/');
	return is_shell_name(slash ? slash + 1 : word);
}

static void end_word(struct splitter *s)
{
	if (!s->in_word)
		return;
	s->in_word = false;
	s->text[s->used++] = '\0';
	char *word = s->words[s->count];
	if (s->next_is_output) {
		char *const target[] = {word, NULL};
		visit_words(s, target, 1, true);
	} else if (!s->next_is_input) {
		s->count++;
	}
	s->next_is_output = s->next_is_input = false;
}

static void end_command(struct splitter *s)
{
	end_word(s);
	if (s->count) {
		s->words[s->count] = NULL;
		s->shell_reads = false;
		for (size_t i = 0; i < s->count && !s->shell_reads; i++)
			s->shell_reads = is_shell(s->words[i]);
		visit_words(s, s->words, s->count, false);
	}
	s->count = s->used = 0;
	s->next_is_output = s->next_is_input = false;
}

static void visit_inner(struct splitter *s, const char *start, const char *end)
{
	char *inner = s->depth < SPLIT_DEPTH_MAX ? borrow_memory((size_t)(end - start) + 1) : NULL;
	if (!inner)
		return;
	memcpy(inner, start, (size_t)(end - start));
	inner[end - start] = '\0';
	if (!split_line(inner, s->depth + 1, s->visit, s->context))
		s->stopped = true;
	return_memory(inner);
}

/* The `)` that closes what starts at `at`, or the end of the line. */
static const char *closing_paren(const char *at)
{
	for (long depth = 1; *at; at++) {
		if (*at == '\\' && at[1]) {
			at++;
		} else if (*at == '\'') {
			const char *end = strchr(at + 1, '\'');
			if (!end)
				return at + strlen(at);
			at = end;
		} else if (*at == '(') {
			depth++;
		} else if (*at == ')' && --depth == 0) {
			return at;
		}
	}
	return at;
}

/* at stands behind `$(` or '`'; the words get a mark in place of what it will print. */
static void take_substitution(struct splitter *s, char end_mark)
{
	const char *start = s->at, *end = start;
	if (end_mark == ')') {
		end = closing_paren(start);
	} else {
		while (*end && *end != '`')
			end += *end == '\\' && end[1] ? 2 : 1;
	}
	visit_inner(s, start, end);
	s->at = *end ? end + 1 : end;
	put(s, SPLIT_UNKNOWN);
}

static void take_single_quotes(struct splitter *s)
{
	start_word(s);
	while (*s->at && *s->at != '\'')
		put_quoted(s, *s->at++);
	s->at += *s->at != '\0';
}

static void take_double_quotes(struct splitter *s)
{
	start_word(s);
	while (*s->at && *s->at != '"') {
		char c = *s->at++;
		if (c == '\\' && *s->at && strchr("\\\"$`\n", *s->at)) {
			if (*s->at != '\n')
				put_quoted(s, *s->at);
			s->at++;
		} else if (c == '$' && *s->at == '(') {
			s->at++;
			take_substitution(s, ')');
		} else if (c == '`') {
			take_substitution(s, '`');
		} else if (c == '$') {
			put(s, c);
		} else {
			put_quoted(s, c);
		}
	}
	s->at += *s->at != '\0';
}

static int digit_of(char c, int base)
{
	int value = c >= '0' && c <= '9' ? c - '0' : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10 : 99;
	return value < base ? value : -1;
}

/* $'...' of bash and zsh: \xHH, \OOO and the letters. */
static void take_ansi_quotes(struct splitter *s)
{
	static const char from[] = "nrtabfv", to[] = "\n\r\t\a\b\f\v";
	start_word(s);
	while (*s->at && *s->at != '\'') {
		char c = *s->at++;
		if (c != '\\' || !*s->at) {
			put_quoted(s, c);
			continue;
		}
		c = *s->at++;
		const char *letter = strchr(from, c);
		int base = c == 'x' ? 16 : digit_of(c, 8) >= 0 ? 8 : 0, value = 0;
		if (base == 8)
			s->at--;
		for (int n = 0; base && n < (base == 16 ? 2 : 3) && digit_of(*s->at, base) >= 0; n++)
			value = value * base + digit_of(*s->at++, base);
		put_quoted(s, base ? (char)(value ? value : ' ') : letter ? to[letter - from] : c);
	}
	s->at += *s->at != '\0';
}

static void take_heredoc_word(struct splitter *s)
{
	struct heredoc *doc = &s->heredocs[s->heredoc_count];
	size_t length = 0;
	end_word(s);
	doc->strip_tabs = *s->at == '-';
	s->at += doc->strip_tabs;
	while (*s->at == ' ' || *s->at == '\t')
		s->at++;
	for (; *s->at && !strchr(" \t\n;&|<>()", *s->at); s->at++)
		if (!strchr("'\"\\", *s->at) && length + 1 < sizeof doc->end)
			doc->end[length++] = *s->at;
	doc->end[length] = '\0';
	/* `((1 << 2))` is arithmetic: taken for a here-document it would hide every line behind it. */
	bool number = strspn(doc->end, "0123456789") == length;
	if (!number && s->heredoc_count + 1 < HEREDOCS_MAX)
		s->heredoc_count++;
}

static bool line_ends_heredoc(const struct heredoc *doc, const char *line, size_t length)
{
	while (doc->strip_tabs && length && *line == '\t') {
		line++;
		length--;
	}
	return strlen(doc->end) == length && !memcmp(line, doc->end, length);
}

/* Behind the newline: the bodies of the here-documents. Data, unless a shell reads them. */
static void take_heredoc_bodies(struct splitter *s)
{
	for (size_t i = 0; i < s->heredoc_count; i++) {
		const char *body = s->at, *line = body;
		for (;;) {
			size_t length = strcspn(line, "\n");
			bool last = line_ends_heredoc(&s->heredocs[i], line, length) || line[length] == '\0';
			if (last) {
				if (s->shell_reads)
					visit_inner(s, body, line);
				s->at = line + length + (line[length] == '\n');
				break;
			}
			line += length + 1;
		}
	}
	s->heredoc_count = 0;
}

/* at stands on `<` or `>`. A number in front was its descriptor, not a word. */
static void take_redirection(struct splitter *s)
{
	if (s->in_word) {
		char *word = s->words[s->count];
		s->text[s->used] = '\0';
		if (strspn(word, "0123456789") == strlen(word)) {
			s->in_word = false;
			s->used = (size_t)(word - s->text);
		}
	}
	end_word(s);
	if (!strncmp(s->at, "<<<", 3)) {
		s->at += 3;
		s->next_is_input = true;
	} else if (!strncmp(s->at, "<<", 2)) {
		s->at += 2;
		take_heredoc_word(s);
	} else if (s->at[1] == '(') {
		s->at += 2;
		take_substitution(s, ')');
	} else {
		bool output = *s->at == '>';
		while (*s->at && strchr("<>|&", *s->at))
			s->at++;
		s->next_is_output = output;
		s->next_is_input = !output;
	}
}

static void take_separator(struct splitter *s, char c)
{
	/* `&>` is an output redirection, not the background. */
	if (c == '&' && *s->at == '>')
		return;
	end_command(s);
	if (c == '\n' && s->heredoc_count)
		take_heredoc_bodies(s);
}

static void take_plain(struct splitter *s, char c)
{
	switch (c) {
	case ' ':
	case '\t':
	case '\r':
		end_word(s);
		break;
	case '\n':
	case ';':
	case '&':
	case '|':
	case '(':
	case ')':
		take_separator(s, c);
		break;
	case '\'':
		take_single_quotes(s);
		break;
	case '"':
		take_double_quotes(s);
		break;
	case '`':
		take_substitution(s, '`');
		break;
	case '<':
	case '>':
		s->at--;
		take_redirection(s);
		break;
	case '#':
		if (!s->in_word)
			s->at += strcspn(s->at, "\n");
		else
			put(s, c);
		break;
	case '\\':
		if (*s->at == '\n')
			s->at++;
		else if (*s->at)
			put_quoted(s, *s->at++);
		break;
	case '$':
		if (*s->at == '(') {
			s->at++;
			take_substitution(s, ')');
		} else if (*s->at == '\'') {
			s->at++;
			take_ansi_quotes(s);
		} else if (*s->at != '"') {
			put(s, c);
		}
		break;
	default:
		put(s, c);
	}
}

bool split_line(const char *line, int depth, split_visitor *visit, void *context)
{
	struct splitter *s = borrow_memory(sizeof *s);
	char *text = borrow_memory(SPLIT_TEXT_MAX + 8);
	bool stopped = false;
	if (s && text) {
		*s = (struct splitter){.at = line, .depth = depth, .visit = visit, .context = context, .text = text};
		while (*s->at && !s->stopped)
			take_plain(s, *s->at++);
		end_command(s);
		stopped = s->stopped;
	}
	return_memory(text);
	return_memory(s);
	return !stopped;
}
