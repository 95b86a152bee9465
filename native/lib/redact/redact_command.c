#include "lib/redact/redact_command.h"

#include "lib/redact/redact_chars.h"
#include "lib/redact/redact_looks.h"
#include "lib/redact/redact_names.h"
#include "lib/redact/redact_scan.h"
#include "lib/redact/redact_table.h"

#include <string.h>

/* What comes by a pipe goes to the first command after it, in braces and on a next line too. */
void begin_command(struct command *command, char separator)
{
	struct command fresh = {.depth = command->depth, .wraps = true, .countdown = -1};
	bool pipe = separator == '|', closes = separator == ')' || separator == '}';
	fresh.group = command->group + (separator == '(') - (separator == ')');
	fresh.near = separator == '(' ? command->near : 0;
	if (pipe || !command->tool.length) {
		memcpy(fresh.piped, pipe ? command->echoed : command->piped, sizeof fresh.piped);
		fresh.piped_count = pipe ? command->echoed_count : command->piped_count;
	}
	if (!pipe && (fresh.group > 0 || closes)) {
		memcpy(fresh.echoed, command->echoed, sizeof fresh.echoed);
		fresh.echoed_count = command->echoed_count;
	}
	*command = fresh;
}

static void judge_lines(const struct command *command, struct marks *marks, size_t start, size_t end);

void take_here(struct command *command, struct marks *marks, struct span word)
{
	size_t place = command->piped_count < ECHOED_MAX ? command->piped_count : ECHOED_MAX - 1;
	scan_word(marks, word.start, word.end);
	judge_lines(command, marks, word.start, word.end);
	command->piped[place] = word;
	command->piped_count = place + 1;
}

/* What is written to a file whose name hints at a secret. `sure`: a word is one. */
static void mark_written(struct marks *marks, struct span word, bool sure)
{
	if (text_rooms)
		text_rooms->words->written(marks, word, sure);
	else if (sure && until_of(marks->text, word.start, word.end, C_SPACE) == word.end)
		add_mark(marks, word, true);
	else
		mark_random(marks, word.start, word.end);
}

void finish_command(struct command *command, struct marks *marks)
{
	const char *reads = command->reads || text_rooms ? command->reads : "";
	bool takes = command->takes || command->pending == PENDING_NAMED;
	for (size_t i = 0; reads && i < command->piped_count; i++) {
		struct span word = command->piped[i];
		size_t split = *reads ? find_char(marks->text, word.start, word.end, *reads) : word.end;
		add_mark(marks, (struct span){split < word.end ? split + 1 : word.start, word.end}, false);
	}
	for (size_t i = 0; !reads && i < command->piped_count; i++) {
		if (takes)
			add_mark(marks, command->piped[i], true);
		else if (command->hinted)
			mark_written(marks, command->piped[i], command->sure);
	}
	if (text_rooms && (is_word("tee", command->tool) || is_word("cat", command->tool)))
		text_rooms->words->sets(command, marks, command->piped, command->piped_count);
	command->reads = NULL;
	command->takes = false;
}

/* Where the tools with this first letter begin. */
static const char *tools_with(char first)
{
	static const char *places[128];
	static bool filled;
	if (!filled) {
		filled = true;
		for (const char *row = tool_rows; *row; row = next_string(next_string(row)))
			if (!places[(unsigned char)row[0]])
				places[(unsigned char)row[0]] = row;
	}
	return places[(unsigned char)first % 128];
}

/* The numbers of its rows, NULL: nothing is known of it. */
static const char *find_tool(struct bytes name)
{
	if (name.length == 0)
		return NULL;
	const char *row = tools_with(name.data[0]);
	for (; row && *row == name.data[0]; row = next_string(next_string(row)))
		if (is_word(row, name))
			return next_string(row);
	return NULL;
}

static const char *next_position(const char *row)
{
	return next_string(next_string(next_string(row)));
}

static const char *next_text_option(const char *row)
{
	return next_string(next_position(row));
}

/* Cuts the next word off a list of words with spaces between them. */
static bool next_word(const char **list, struct bytes *word)
{
	while (**list == ' ')
		++*list;
	word->data = *list;
	word->length = strcspn(*list, " ");
	*list += word->length;
	return word->length > 0;
}

static bool same(struct bytes a, struct bytes b)
{
	return a.length == b.length && memcmp(a.data, b.data, a.length) == 0;
}

/* Is it one of words with spaces between them? */
static bool holds_word(const char *list, struct bytes word)
{
	struct bytes other;
	while (next_word(&list, &other))
		if (same(other, word))
			return true;
	return false;
}

static int position_in(const char *row, const struct command *command, struct bytes word, int skip)
{
	for (; row && *row && is_word(row, command->tool); row = next_position(row))
		if (holds_word(next_string(row), word))
			skip = next_string(next_string(row))[0] - '0';
	return skip;
}

/* The later row wins, as in a dictionary. -1: none. */
static int position_after(const struct command *command, struct bytes word)
{
	int skip = position_in(command->positions, command, word, -1);
	return position_in(command->text_positions, command, word, skip);
}

static const char *find_readers(struct bytes tool)
{
	return text_rooms ? text_rooms->find(&text_rooms->readers, tool, next_position) : NULL;
}

static const char *find_text_options(struct bytes tool)
{
	return text_rooms ? text_rooms->find(&text_rooms->options, tool, next_text_option) : NULL;
}

const char *find_text_positions(struct bytes tool)
{
	return text_rooms ? text_rooms->find(&text_rooms->positions, tool, next_position) : NULL;
}

/* Does the tool, now with `word`, read a secret? */
static void find_reader(struct command *command, struct bytes word)
{
	for (const char *row = command->readers; row && *row && is_word(row, command->tool); row = next_position(row)) {
		const char *sub = next_string(row);
		bool named = !strcmp(sub, "NAME") && word.length && text_rooms->words->names_file(word);
		if (is_word(sub, word) || named)
			command->reads = next_string(sub);
	}
}

bool is_echo(struct bytes name)
{
	return is_word("echo", name) || is_word("printf", name);
}

void take_tool(struct command *command, struct bytes name)
{
	if (command->near == SUBSTITUTED)
		command->near = is_echo(name) ? NEAR_WORDS : 0;
	command->named_user = false;
	command->tool = name;
	command->rows = find_tool(name);
	command->positions = command->rows ? find_row(position_rows, name, next_position) : NULL;
	command->wraps = command->rows && in_list(wrappers, name.data, name.length);
	command->is_shell = command->rows && in_list(shells, name.data, name.length);
	command->takes_lines = command->rows && in_list(line_tools, name.data, name.length);
	command->text_options = find_text_options(name);
	command->text_positions = find_text_positions(name);
	command->countdown = position_after(command, bytes_of("-"));
	command->readers = find_readers(name);
	command->seen_count = 0;
	command->config = command->rows && in_list(setters, name.data, name.length);
	if (text_rooms)
		text_rooms->words->begins(command);
	find_reader(command, bytes_of(""));
}

static bool sub_was_seen(const struct command *command, const char *subs)
{
	struct bytes sub;
	if (!*subs)
		return true;
	while (next_word(&subs, &sub))
		for (size_t i = 0; i < command->seen_count; i++)
			if (same(command->seen[i], sub))
				return true;
	return false;
}

static bool treat_header(struct marks *marks, size_t start, size_t end)
{
	const char *text = marks->text;
	const char *colon = memchr(text + start, ':', end - start);
	size_t length = colon ? (size_t)(colon - (text + start)) : 0;
	if (!length || !(in_list_lower(headers, text + start, length) || is_secret_name(text + start, length) ||
			 is_hint(text + start, length)))
		return false;
	mark_header(marks, start, start + length, end, true);
	return true;
}

/* The value of an option. */
void treat(struct marks *marks, size_t start, size_t end, char what, char after)
{
	const char *text = marks->text;
	struct span inside;
	if (marks->shell && quoted_span(text, start, end, &inside)) {
		end = inside.end + (inside.start - start) >= end ? inside.end : end;
		start = inside.start;
	}
	size_t before = marks->count;
	if (what == 'A' || what == PENDING_NAMED) {
		add_mark(marks, (struct span){start, end}, what == PENDING_NAMED);
		if (what == 'A' || marks->count > before)
			return;
	} else if (what == 'S') {
		if (text_rooms && after == '=' && text_rooms->words->is_plain_cookie(text + start, end - start))
			return;
		const char *split = start < end ? memchr(text + start, after, end - start) : NULL;
		size_t at = split ? (size_t)(split - text) : end;
		if (at + 1 < end)
			add_mark(marks, (struct span){at + 1, end}, false);
		else
			mark_random(marks, start, at);
	} else if (text_rooms && what == PENDING_PUBLIC) {
		return;
	} else if (what == 'P' && starts_with(text, start, end, "pass:")) {
		add_mark(marks, (struct span){start + 5, end}, false);
	} else if (what == 'H' && start < end && treat_header(marks, start, end)) {
		return;
	}
	scan_part(marks, start, end, what == 'L');
}

/* Flags of one letter, the last of which takes a value: `-sSu`. */
static bool is_cluster(const char *text, size_t start, size_t end, struct bytes option)
{
	return option.length == 2 && end - start > 2 && text[start] == '-' && text[end - 1] == option.data[1] &&
	       run_of(text, start + 1, end, C_LETTER) == end;
}

static bool match_option(struct command *command, struct marks *marks, struct bytes option, size_t start, size_t end,
			 const char *row, bool glued)
{
	const char *text = marks->text, *how = row + 2;
	if (strchr(how, 'c') && is_cluster(text, start, end, option)) {
		command->pending = row[0];
		command->after = row[1];
		return true;
	}
	if (option.length > end - start || memcmp(text + start, option.data, option.length) != 0)
		return false;
	size_t rest = start + option.length;
	if (glued) {
		bool is_long = option.length >= 2 && option.data[0] == '-' && option.data[1] == '-';
		if (rest == end || !strchr(how, 'g') || is_long)
			return false;
		treat(marks, rest, end, row[0], row[1]);
		return true;
	}
	if (rest == end) {
		if (strchr(how, 'n')) {
			command->pending = row[0];
			command->after = row[1];
		}
		return true;
	}
	bool flag = how[0] == '0';
	if (text[rest] != '=' || !(flag || strchr(how, 'e')))
		return false;
	if (!flag)
		treat(marks, rest + 1, end, row[0], row[1]);
	return true;
}

static const char *option_row(unsigned number)
{
	static const char *rows[256]; /* looked for once */
	if (!rows[0])
		for (const char *row = option_rows, **place = rows; *row;
		     row = next_string(next_string(next_string(row))))
			*place++ = row;
	return rows[number];
}

static bool match_names(struct command *command, struct marks *marks, struct span word, const char *row, bool dashes,
			bool glued)
{
	const char *subs = next_string(row), *options = next_string(subs);
	struct bytes option;
	if (!sub_was_seen(command, subs))
		return false;
	while (next_word(&options, &option))
		if ((option.data[0] == '-') == dashes &&
		    match_option(command, marks, option, word.start, word.end, row, glued))
			return true;
	return false;
}

static bool match_rows(struct command *command, struct marks *marks, size_t start, size_t end, bool dashes, bool glued)
{
	for (const char *number = command->rows; number && *number; number += 2) {
		const char *row =
			option_row((unsigned)((number[0] - TABLE_FIRST) * TABLE_BASE + number[1] - TABLE_FIRST));
		if (match_names(command, marks, (struct span){start, end}, row, dashes, glued))
			return true;
	}
	for (const char *row = command->text_options; row && *row && is_word(row, command->tool);
	     row = next_text_option(row))
		if (match_names(command, marks, (struct span){start, end}, next_string(row), dashes, glued))
			return true;
	return false;
}

/* `dashes`: those options that begin with a dash, or those that don't. -password before -p with something glued on. */
static bool match_any(struct command *command, struct marks *marks, size_t start, size_t end, bool dashes)
{
	return match_rows(command, marks, start, end, dashes, false) ||
	       match_rows(command, marks, start, end, dashes, true);
}

static void find_stdin_option(struct command *command, struct bytes word)
{
	bool sudo = same(command->tool, bytes_of("sudo")) && word.data[1] != '-';
	if (in_list(stdin_options, word.data, word.length) || (sudo && memchr(word.data, 'S', word.length)))
		command->reads = "";
	find_reader(command, word);
}

/* `-pX`, and `-p X` after `-u`; notes a user. True: the word was that. */
static bool judge_login(struct command *command, struct marks *marks, size_t start, size_t end)
{
	const char *text = marks->text;
	bool password = text[start + 1] == 'p' || text[start + 1] == 'P';
	if (password && end - start > 2 && !(text_rooms && find_char(text, start, end, '=') < end) &&
	    looks_random(text, start + 2, end)) {
		add_mark(marks, (struct span){start + 2, end}, false);
		return true;
	}
	if (password && end - start == 2 && command->named_user) {
		command->pending = PENDING_LOGIN;
		return true;
	}
	for (const char *option = "-u\0-U\0--user\0--login\0"; *option; option = next_string(option))
		command->named_user |= starts_with(text, start, end, option);
	return false;
}

static void judge_option(struct command *command, struct marks *marks, size_t start, size_t end)
{
	const char *text = marks->text;
	struct bytes word = {text + start, end - start};
	if (command->is_shell && word.data[1] != '-' && memchr(word.data, 'c', word.length)) {
		command->pending = PENDING_TEXT;
		return;
	}
	find_stdin_option(command, word);
	int skip = position_after(command, word);
	if (skip >= 0)
		command->countdown = skip;
	if (match_any(command, marks, start, end, true) || judge_login(command, marks, start, end))
		return;
	size_t name = start;
	while (name < end && text[name] == '-')
		name++;
	bool bare = !memchr(text + name, '=', end - name);
	if (text_rooms && text_rooms->words->option(command, marks, (struct span){start, end}, name))
		return;
	bool sounds = is_secret_key(text + name, end - name);
	if (bare && sounds)
		command->pending = PENDING_NAMED;
	scan_word(marks, start, end);
}

bool is_assignment(struct bytes word)
{
	size_t stop = 0;
	while (stop < word.length && (is_char(word.data[stop], C_ALNUM) || word.data[stop] == '_'))
		stop++;
	return stop > 0 && stop < word.length && word.data[stop] == '=' && !is_char(word.data[0], C_DIGIT);
}

struct bytes base_of(struct bytes word)
{
	for (size_t i = word.length; i > 0; i--)
		if (word.data[i - 1] == '/')
			return (struct bytes){word.data + i, word.length - i};
	return word;
}

/* True: the word names the command, or stands before it. */
static bool judge_tool(struct command *command, struct bytes word)
{
	if (command->tool.length && !command->wraps)
		return false;
	struct bytes base = base_of(word);
	while (base.length && *base.data == '\\')
		base = (struct bytes){base.data + 1, base.length - 1};
	if (!command->tool.length && is_assignment(word))
		return true;
	if (command->tool.length && !find_tool(base) && !find_readers(base) && !find_text_options(base) &&
	    !find_text_positions(base))
		return false;
	take_tool(command, base);
	return true;
}

static void judge_config(struct command *command, struct bytes word)
{
	const char *colon = memchr(word.data, ':', word.length);
	size_t length = colon ? (size_t)(colon - word.data) : word.length;
	struct bytes base = base_of(word);
	if (in_list(setting_words, word.data, length))
		command->config = true;
	else if (command->config && starts_with(word.data, 0, word.length, "http-basic."))
		command->countdown = 1;
	else if (command->config && !memchr(word.data, '=', word.length) && is_secret_name(base.data, base.length)) {
		command->pending = PENDING_NAMED;
		command->setting = text_rooms != NULL;
	}
}

static void remember(struct command *command, struct bytes word, size_t start, size_t end)
{
	bool echo = is_echo(command->tool) || is_word("yes", command->tool);
	find_reader(command, word);
	if (echo && command->echoed_count < ECHOED_MAX && !memchr(word.data, '%', word.length))
		command->echoed[command->echoed_count++] = (struct span){start, end};
	if (command->seen_count < SEEN_MAX)
		command->seen[command->seen_count++] = word;
}

bool login_span(const char *text, size_t start, size_t end, struct span *password)
{
	size_t slash = find_char(text, start, end, '/'), at = find_char(text, slash, end, '@');
	if (slash <= start || slash >= end)
		return false;
	if (at > end && (find_char(text, slash + 1, end, '/') < end || find_char(text, start, end, '.') < end))
		return false;
	*password = (struct span){slash + 1, at > end ? end : at};
	return true;
}

static bool mark_login(const struct command *command, struct marks *marks, size_t start, size_t end)
{
	struct span password;
	bool oracle = command->rows && in_list(oracle_tools, command->tool.data, command->tool.length);
	if (text_rooms && in_list(text_rooms->oracle_besides, command->tool.data, command->tool.length))
		oracle = true;
	if (!oracle || !login_span(marks->text, start, end, &password))
		return false;
	add_mark(marks, password, false);
	return true;
}

static void judge_positional(struct command *command, struct marks *marks, size_t start, size_t end)
{
	struct bytes word = {marks->text + start, end - start};
	if (judge_tool(command, word)) {
		scan_word(marks, start, end);
		return;
	}
	bool passed = text_rooms && text_rooms->words->is_slash_option(command, word);
	if (command->countdown % 16 == 0 && !passed) { /* the second secret's place is the part above */
		command->countdown = command->countdown / 16 - 1;
		add_mark(marks, (struct span){start, end}, false);
		return;
	}
	command->countdown -= command->countdown > 0 && !passed;
	int skip = position_after(command, word);
	if (skip >= 0)
		command->countdown = skip;
	if (text_rooms)
		text_rooms->words->position(command, marks, (struct span){start, end});
	judge_config(command, word);
	remember(command, word, start, end);
	if (mark_login(command, marks, start, end))
		return;
	if (text_rooms && text_rooms->words->assigns(command, marks, (struct span){start, end}))
		return;
	if (command->takes_lines && until_of(word.data, 0, word.length, C_SPACE) < word.length)
		redact_shell(marks, start, end, command->depth + 1);
	else if (!match_any(command, marks, start, end, false))
		scan_word(marks, start, end);
}

static bool take_pending(struct command *command, struct marks *marks, size_t start, size_t end)
{
	const char *text = marks->text;
	char what = command->pending;
	bool dash = start < end && text[start] == '-';
	if (what == PENDING_TEXT && (dash || (start < end && text[start] == '+')))
		return false;
	command->pending = PENDING_NONE;
	if (what == PENDING_TEXT) {
		redact_shell(marks, start, end, command->depth + 1);
		return true;
	}
	if (starts_with(text, start, end, "--") || (what == PENDING_NAMED && dash))
		return false;
	enum awaited awaited = text_rooms && what == PENDING_NAMED
				       ? text_rooms->words->awaits(command, (struct bytes){text + start, end - start})
				       : IS_VALUE;
	if (awaited != IS_VALUE)
		return awaited == IS_TAKEN;
	if (what == PENDING_LOGIN) {
		if (start == end || memchr("-/~", text[start], 3) || until_of(text, start, end, C_LETTER) == end)
			return false;
		what = PENDING_NAMED;
	}
	treat(marks, start, end, what, command->after);
	return true;
}

void take_target(struct command *command, struct marks *marks, size_t start, size_t end)
{
	const char *text = marks->text;
	struct bytes name = base_of((struct bytes){text + start, end - start});
	while (name.length && memchr("\"'", name.data[name.length - 1], 2))
		name.length--;
	bool secret = is_secret_name(name.data, name.length) || (text_rooms && text_rooms->words->is_file(name));
	command->target = name;
	command->sure = secret;
	if (text_rooms)
		text_rooms->words->sets(command, marks, command->echoed, command->echoed_count);
	if (!secret && !is_hint(name.data, name.length) && find_in(text, start, end, "secret") > end)
		return;
	command->hinted = true;
	for (size_t i = 0; i < command->echoed_count; i++) {
		mark_written(marks, command->echoed[i], secret && command->echoed_count == 1);
	}
}

/* Where the part of a word begins that may hint at a secret: the last of a path, the extension of a file. */
static size_t hint_start(const char *text, size_t start, size_t end)
{
	while (start < end && memchr("-/$@[{\"'\\(,", text[start], 11))
		start++;
	for (size_t at = end; at > start; at--)
		if (text[at - 1] == '/') {
			start = at;
			break;
		}
	size_t extension = extension_of(text, start, end);
	return extension ? extension : start;
}

/* Marks a word that looks like a secret after one that hints at it. */
static void judge_near(struct command *command, struct marks *marks, size_t start, size_t end)
{
	const char *text = marks->text;
	size_t blanks = 0, split = start;
	for (size_t i = start; i < end; i++)
		blanks += is_char(text[i], C_SPACE);
	while (split < end && !memchr(":%,", text[split], 3))
		split++;
	if (command->pair)
		mark_random(marks, split, end);
	if (command->pair && text_rooms)
		text_rooms->words->pair(command, marks, (struct span){start, end});
	command->pair = in_list(pair_options, text + start, end - start);
	bool path = start < end && memchr("-/~", text[start], 3);
	path = path || (command->near == 1 && find_char(text, start, end, '/') < end);
	if (command->near && !path && blanks <= 2)
		mark_random(marks, start, end);
	command->near -= command->near > 0 && command->near < SUBSTITUTED;
	size_t first = hint_start(text, start, end);
	if (blanks == 0 && is_hint(text + first, end - first)) {
		command->near = command->tool.length ? NEAR_WORDS : NEAR_WORDS + 3;
		command->hinted = true;
	} else if (in_list(short_options, text + start, end - start)) {
		command->near = 1;
	}
}

static bool whole_quotes(const char *text, size_t start, size_t end, struct span *inside)
{
	return quoted_span(text, start, end, inside) && inside->end + (inside->start - start) == end;
}

void judge_word(struct command *command, struct marks *marks, size_t start, size_t end)
{
	struct span inside;
	if (marks->shell && whole_quotes(marks->text, start, end, &inside)) {
		start = inside.start;
		end = inside.end;
	}
	if (text_rooms && command->pending == PENDING_PUBLIC && !starts_with(marks->text, start, end, "-")) {
		command->pending = PENDING_NONE;
		return;
	}
	judge_near(command, marks, start, end);
	if (text_rooms && command->tool.length)
		text_rooms->words->hears(command, marks, (struct span){start, end});
	if (command->pending && take_pending(command, marks, start, end))
		return;
	if (text_rooms)
		text_rooms->words->compares(command, (struct bytes){marks->text + start, end - start});
	if (end - start > 1 && marks->text[start] == '-')
		judge_option(command, marks, start, end);
	else
		judge_positional(command, marks, start, end);
}

/* What the next line begins. */
struct document {
	struct span word; /* ends it; empty: there is none */
	bool quoted;
	bool written; /* `>` came before */
	const char *reads;
};

/* True: it has options in the table, or reads secrets. */
static bool begins_line(struct bytes word)
{
	const char *rows = find_tool(word);
	return (rows && *rows) || is_echo(word) || find_readers(word) || find_text_options(word) ||
	       find_text_positions(word);
}

/* The tool in `/usr/bin/mysql`, and in `a='mysql`. */
static size_t tool_start(const char *text, size_t start, size_t end)
{
	if (!text_rooms)
		return end - base_of((struct bytes){text + start, end - start}).length;
	while (end > start && text[end - 1] > ' ' && text[end - 1] < 127 && !memchr("\"'`/(=\\", text[end - 1], 7))
		end--;
	return end;
}

/* Judges each line from the first word on that is a tool of the table. */
static void judge_lines(const struct command *command, struct marks *marks, size_t start, size_t end)
{
	const char *text = marks->text;
	if (until_of(text, start, end, C_SPACE) == end)
		return;
	for (size_t at = start, stop; at < end; at = stop + 1) {
		stop = find_char(text, at, end, '\n');
		stop = stop > end ? end : stop;
		size_t first = at, last;
		for (int words = 0; first < stop && words < 8; words++, first = last) {
			first = run_of(text, first, stop, C_BLANK);
			last = until_of(text, first, stop, C_SPACE);
			size_t tool = tool_start(text, first, last);
			if (begins_line((struct bytes){text + tool, last - tool}) ||
			    (text_rooms && text_rooms->words->begins_setting(text, tool, last, stop))) {
				redact_shell(marks, tool, stop, command->depth + 1);
				break;
			}
		}
	}
}

/* The command lines inside of a word: `"$(tool X)"`, `alias a='tool X'`, `'tool X'`. */
static void judge_nested(const struct command *command, struct marks *marks, size_t start, size_t end)
{
	const char *text = marks->text;
	size_t at = find_in(text, start, end, "$("), quote = until_of(text, start, end, C_QUOTE);
	struct span inside;
	if (at < end)
		redact_shell(marks, at + 2, end, command->depth + 1);
	if (!in_list(loose_tools, command->tool.data, command->tool.length) && quoted_span(text, quote, end, &inside))
		judge_lines(command, marks, inside.start, inside.end);
}

static void judge_document_line(struct command *command, struct marks *marks, struct span line)
{
	const char *reads = command->reads;
	if (!reads && !command->hinted)
		return;
	take_here(command, marks, line);
	command->takes = false;
	finish_command(command, marks);
	command->reads = reads;
	command->piped_count = 0;
}

/* Judges a here-document's lines as one text, and each as a secret where the command reads some. Gives the end of the
 * line that ends it. */
static size_t judge_document(struct command *command, struct marks *marks, size_t start, size_t end,
			     const struct document *document)
{
	const char *text = marks->text;
	size_t at = start, length = document->word.end - document->word.start, stop = start;
	for (; at < end; at = stop < end ? stop + 1 : end) {
		stop = find_char(text, at, end, '\n');
		stop = stop > end ? end : stop;
		size_t first = run_of(text, at, stop, C_BLANK);
		if (stop - first == length && memcmp(text + first, text + document->word.start, length) == 0)
			break;
		judge_document_line(command, marks, (struct span){at, stop});
	}
	scan_word(marks, start, at);
	judge_lines(command, marks, start, at);
	return at < end ? stop : end;
}

static size_t take_here_word(const char *text, size_t at, size_t end, struct span *word)
{
	size_t stop = raw_word_end(text, at, end);
	if (!(at < stop && whole_quotes(text, at, stop, word)))
		*word = (struct span){at, stop};
	return stop;
}

/* `<`, `<<WORD` and `<<< WORD`. */
static size_t judge_redirection(struct command *command, struct marks *marks, size_t at, size_t end,
				struct document *document)
{
	const char *text = marks->text;
	struct span word;
	if (starts_with(text, at, end, "<<<")) {
		at = take_here_word(text, run_of(text, at + 3, end, C_BLANK), end, &word);
		take_here(command, marks, word);
		return at;
	}
	if (starts_with(text, at, end, "<(")) {
		bool asked = command->asks || command->keeps || command->takes || command->reads ||
			     command->pending == PENDING_NAMED || command->pending == 'A';
		command->pending = PENDING_NONE;
		if (text_rooms)
			asked = asked || text_rooms->words->gives(text, at);
		finish_command(command, marks);
		begin_command(command, '(');
		command->near = SUBSTITUTED;
		command->gives = asked;
		return at + 2;
	}
	if (!starts_with(text, at, end, "<<")) {
		document->written = text[at] == '>';
		return at + 1;
	}
	for (at += 2; at < end && (text[at] == '-' || is_char(text[at], C_BLANK));)
		at++;
	size_t stop = take_here_word(text, at, end, &word);
	*document = (struct document){.word = word, .quoted = word.start > at, .written = document->written};
	return stop;
}

/* A brace that is a word of its own, as `{ make; }` has them; without rooms any brace. */
static bool is_lone_brace(const char *text, size_t at, size_t end)
{
	if (!text_rooms)
		return text[at] == '{' || text[at] == '}';
	if (text[at] == '}')
		return at == 0 || text[at - 1] == ';' || is_char(text[at - 1], C_SPACE);
	return text[at] == '{' && (at + 1 == end || is_char(text[at + 1], C_SPACE));
}

static size_t judge_next(struct command *command, struct marks *marks, size_t at, size_t end, struct document *document)
{
	const char *text = marks->text;
	if (text[at] == '\n' && document->word.end > document->word.start) {
		command->reads = command->reads ? command->reads : document->reads;
		marks->shell = !document->quoted;
		at = judge_document(command, marks, at + 1, end, document);
		marks->shell = true;
		document->word = (struct span){0};
		return at;
	}
	if (is_char(text[at], C_SPACE) && text[at] != '\n')
		return at + 1;
	if (memchr(";&|()\n`", text[at], 7) || is_lone_brace(text, at, end)) {
		document->reads = command->reads ? command->reads : document->reads;
		finish_command(command, marks);
		begin_command(command, text[at]);
		if (text_rooms)
			command->gives = text[at] == '(' && text_rooms->words->gives(text, at);
		document->written = false;
		return at + 1;
	}
	if (text[at] == '<' || text[at] == '>')
		return judge_redirection(command, marks, at, end, document);
	size_t stop = raw_word_end(text, at, end);
	if (document->written)
		take_target(command, marks, at, stop);
	document->written = false;
	judge_word(command, marks, at, stop);
	judge_nested(command, marks, at, stop);
	return stop;
}

void redact_shell(struct marks *marks, size_t start, size_t end, int depth)
{
	struct command command = {.depth = depth};
	struct document document = {0};
	bool was_shell = marks->shell;
	if (depth > DEPTH_MAX) {
		scan_word(marks, start, end);
		return;
	}
	marks->shell = true;
	begin_command(&command, ';');
	for (size_t at = start; at < end;)
		at = judge_next(&command, marks, at, end, &document);
	finish_command(&command, marks);
	marks->shell = was_shell;
}
