#include "lib/redact/redact_closely.h"

#include "lib/redact/redact_chars.h"
#include "lib/redact/redact_command.h"
#include "lib/redact/redact_logins.h"
#include "lib/redact/redact_looks.h"
#include "lib/redact/redact_names.h"
#include "lib/redact/redact_scan.h"
#include "lib/redact/redact_table.h"
#include "lib/redact/redact_value.h"

/* Words of a line in a file of secrets. */
#define FIELDS_MAX 4
#define COOKIE_MAX 8

static bool listed(const char *list, struct bytes word)
{
	return in_list(list, word.data, word.length);
}

static bool listed_lower(const char *list, struct bytes word)
{
	return in_list_lower(list, word.data, word.length);
}

static bool is_secret(struct bytes name)
{
	return is_secret_name(name.data, name.length);
}

/* Does a word hold one of the list, in small letters? */
static bool holds_any(const char *list, struct bytes word)
{
	for (; *list; list = next_string(list)) {
		size_t length = strlen(list);
		for (size_t at = 0; at + length <= word.length; at++) {
			size_t same = 0;
			while (same < length && lower_char(word.data[at + same]) == list[same])
				same++;
			if (same == length)
				return true;
		}
	}
	return false;
}

bool sounds_input(struct bytes name)
{
	return holds_any(input_names, name);
}

/* `TOKEN=$(echo X)` and `ASKPASS=<(echo X)`. */
static bool gives(const char *text, size_t at)
{
	size_t equals = at - (text[at] == '(' ? 2 : 1);
	if (equals > at || text[equals] != '=' || (text[at] == '(' && text[at - 1] != '$'))
		return false;
	size_t name = back_of(text, equals, 0, C_NAME);
	return sounds_input((struct bytes){text + name, equals - name});
}

bool sounds_secret(struct bytes pattern)
{
	return is_secret(pattern) || is_hint(pattern.data, pattern.length) || holds_any(input_names, pattern);
}

static void begins(struct command *command)
{
	struct bytes tool = command->tool;
	command->config = command->config || listed(text_setters, tool);
	command->takes = is_secret(tool) && !listed(filters, tool);
}

/* X in `--password-command 'echo X'`. */
static void mark_command(const struct command *command, struct marks *marks, struct span word)
{
	const char *text = marks->text;
	size_t stop = run_of(text, word.start, word.end, C_SMALL);
	if (command->asks && is_echo((struct bytes){text + word.start, stop - word.start}))
		add_mark(marks, (struct span){run_of(text, stop, word.end, C_BLANK), word.end}, true);
}

/* Does the word say that the tool takes a secret from its input: `--token -`, `login`, `-stdinpass`? */
static bool says_input(const struct command *command, struct bytes word, size_t equals, bool secret)
{
	struct bytes name = {word.data, equals}, value = word;
	bool sets = equals < word.length;
	if (sets)
		value = (struct bytes){word.data + equals + 1, word.length - equals - 1};
	if ((secret && holds_any("stdin\0", name)) || listed_lower(input_words, word))
		return true;
	if ((sets ? secret : command->asks) && listed_lower(input_files, value))
		return true;
	return !sets && word.length && !memchr("-$", *word.data, 2) && !listed(filters, command->tool) &&
	       is_secret(word) && until_of(word.data, 0, word.length, C_SPACE) == word.length;
}

/* The file that a command reads. */
static bool is_redirected(const char *text, size_t start)
{
	while (start > 0 && is_char(text[start - 1], C_BLANK | C_QUOTE))
		start--;
	return start > 0 && text[start - 1] == '<' && !(start > 1 && text[start - 2] == '<');
}

static void hears(struct command *command, struct marks *marks, struct span span)
{
	struct bytes word = {marks->text + span.start, span.end - span.start};
	size_t equals = find_char(word.data, 0, word.length, '=');
	equals = equals < word.length ? equals : word.length;
	bool secret = holds_any(input_names, (struct bytes){word.data, equals});
	command->redirected = is_redirected(marks->text, span.start);
	mark_command(command, marks, span);
	command->takes = says_input(command, word, equals, secret) || command->takes;
	command->asks = word.length && *word.data == '-' && (secret || command->takes || listed(file_options, word));
}

static enum awaited awaits(struct command *command, struct bytes word)
{
	if (command->setting && ((word.length == 2 && *word.data == '/') || command->countdown > 0))
		return IS_OPTION;
	if (command->redirected)
		return IS_OPTION;
	if (command->setting && is_word("set", word)) {
		command->pending = PENDING_NAMED;
		return IS_TAKEN;
	}
	if (!command->tool.length || *command->tool.data != '$' || !find_text_positions(word))
		return IS_VALUE;
	take_tool(command, word);
	return IS_TAKEN;
}

/* `user-pool-id`, not `secret-id` and `access-key-id`. */
static bool is_id(struct bytes name)
{
	if (name.length < 3 || !memchr("-_", name.data[name.length - 3], 2) ||
	    !in_list_lower("id\0", name.data + name.length - 2, 2))
		return false;
	return !holds_any("secret\0access\0", name);
}

static bool option(struct command *command, struct marks *marks, struct span word, size_t name)
{
	size_t equals = find_char(marks->text, name, word.end, '=');
	bool sets = equals < word.end;
	struct bytes named = {marks->text + name, (sets ? equals : word.end) - name};
	if (in_list(name_options, marks->text + word.start, word.end - word.start))
		command->config = true;
	if ((command->setting || command->keeps) && listed_lower(value_options, named)) {
		command->setting = false;
		if (sets)
			treat(marks, equals + 1, word.end, 'A', 0);
		else
			command->pending = 'A';
		return true;
	}
	if (sets && in_list(pair_options, marks->text + word.start, equals - word.start)) {
		struct span value = {equals + 1, word.end}, inside;
		mark_pair(marks, quoted_span(marks->text, value.start, value.end, &inside) ? inside : value);
	}
	if (listed_lower(cookie_names, named)) {
		if (sets) {
			treat(marks, equals + 1, word.end, 'S', '=');
		} else {
			command->pending = 'S';
			command->after = '=';
		}
		return true;
	}
	if (!listed_lower(public_names, named) && !is_id(named))
		return false;
	command->pending = sets ? PENDING_NONE : PENDING_PUBLIC;
	return true;
}

/* For each `%s` of a printf's format, whether the name of a secret stands right before it. */
static void note_slots(struct command *command, struct bytes form)
{
	command->slots = command->slot_count = 0;
	for (size_t at = 0, found; command->slot_count < ECHOED_MAX; at = found + 2) {
		found = find_in(form.data, at, form.length, "%s");
		if (found >= form.length)
			return;
		size_t stop = found;
		while (stop > at && memchr(":= \"'", form.data[stop - 1], 5))
			stop--;
		size_t first = back_of(form.data, stop, at, C_NAME);
		first += first > 0 && form.data[first - 1] == '\\' && first < stop;
		bool secret = is_secret_key(form.data + first, stop - first) ||
			      is_text_secret(form.data + first, stop - first);
		command->slots |= (unsigned)secret << command->slot_count++;
	}
}

/* What printf is given where its format names a secret, and echo in `--password <(echo X)`. */
static void mark_given(struct command *command, struct marks *marks, struct span span)
{
	struct bytes word = {marks->text + span.start, span.end - span.start};
	bool form = memchr(word.data, '%', word.length);
	bool slot = command->slot_count && (command->slots & 1);
	if (command->slot_count) {
		command->slots >>= 1;
		command->slot_count--;
	}
	if (slot)
		add_mark(marks, span, true);
	if (form && is_word("printf", command->tool) && command->seen_count == 0)
		note_slots(command, word);
	bool echo = is_echo(command->tool) || is_word("yes", command->tool);
	if (command->gives && echo && !form && command->echoed_count < ECHOED_MAX)
		add_mark(marks, span, true);
}

static bool begins_with_any(const char *list, struct bytes word)
{
	for (; *list; list = next_string(list))
		if (starts_with(word.data, 0, word.length, list))
			return true;
	return false;
}

static bool is_host(struct bytes word)
{
	return word.length && memchr(word.data, '.', word.length) && !memchr(word.data, '/', word.length) &&
	       !begins_with_any(no_bundle_hosts, word);
}

static bool has_seen(const struct command *command, const char *name)
{
	for (size_t i = 0; i < command->seen_count; i++)
		if (is_word(name, command->seen[i]))
			return true;
	return false;
}

/* X in `domain/ann:X@host`. */
static void mark_login_word(struct marks *marks, struct span word)
{
	size_t split = find_char(marks->text, word.start, word.end, ':'), last = word.end;
	if (split >= word.end)
		return;
	for (size_t at = split; at < word.end; at++)
		if (marks->text[at] == '@')
			last = at;
	add_mark(marks, (struct span){split + 1, last}, false);
}

/* `+password`, the share of smbclient(1), the host of `bundle config`: a secret comes next. And `for password in X`. */
static void await_secret(struct command *command, struct marks *marks, struct span span)
{
	struct bytes word = {marks->text + span.start, span.end - span.start}, tool = command->tool;
	bool plus = word.length && *word.data == '+' && is_secret_key(word.data + 1, word.length - 1);
	bool share = listed("smbclient\0smbget\0", tool) && begins_with_any("//\0\\\\\0", word);
	bool host = is_word("bundle", tool) && has_seen(command, "config") && is_host(word);
	if (plus || share || host)
		command->pending = PENDING_NAMED;
	if (listed(pair_tools, tool))
		mark_login_word(marks, span);
	if (is_word("for", tool) && command->seen_count > 1 && is_word("in", command->seen[1]) &&
	    listed_lower(loop_names, command->seen[0]))
		add_mark(marks, span, true);
}

static void position(struct command *command, struct marks *marks, struct span span)
{
	struct bytes word = {marks->text + span.start, span.end - span.start};
	if (listed(keeping_words, word) || (command->keepable && listed(keeping_verbs, word)))
		command->keeps = true;
	command->keepable = command->keepable || listed(kept_words, word);
	command->config = command->config || listed(name_words, word);
	mark_given(command, marks, span);
	if (command->setting && is_word("/d", word))
		command->pending = 'A';
	await_secret(command, marks, span);
}

static bool assigns(const struct command *command, struct marks *marks, struct span span)
{
	struct bytes word = {marks->text + span.start, span.end - span.start};
	size_t value = find_char(marks->text, span.start, span.end, '=') + 1;
	struct span inside = {value, span.end};
	if (command->keeps && is_assignment(word)) {
		add_mark(marks, inside, true);
		return true;
	}
	if (!is_word("alias", command->tool) || value > span.end)
		return false;
	if (marks->shell && value < span.end && quoted_span(marks->text, value, span.end, &inside) &&
	    inside.end + (inside.start - value) != span.end)
		inside = (struct span){value, span.end};
	redact_shell(marks, inside.start, inside.end, command->depth + 1);
	return true;
}

/* `$password = X`, and `case $password in X`. */
static void compares(struct command *command, struct bytes word)
{
	bool in = is_word("in", word) && is_word("case", command->tool);
	if (command->compares && (in || listed("=\0==\0!=\0", word)))
		command->pending = PENDING_NAMED;
	command->compares = word.length > 0 && *word.data == '$';
	while (word.length && memchr("${}", *word.data, 3))
		word = (struct bytes){word.data + 1, word.length - 1};
	while (word.length && memchr("${}", word.data[word.length - 1], 3))
		word.length--;
	command->compares = command->compares && is_secret_key(word.data, word.length);
}

static void pair(const struct command *command, struct marks *marks, struct span word)
{
	if (!listed(user_tools, command->tool))
		mark_pair(marks, word);
}

/* `/user:ann`, `Z:` and `\\nas\share` of Windows, and the file that any command reads. */
static bool is_slash_option(const struct command *command, struct bytes word)
{
	if (command->redirected)
		return true;
	if (listed(router_tools, command->tool) && word.length == 1 && is_char(*word.data, C_DIGIT))
		return true;
	return listed(net_tools, command->tool) && word.length &&
	       (memchr("/\\", *word.data, 2) || is_word("*", word) || (word.length == 2 && word.data[1] == ':'));
}

/* `theme=dark; consent=yes`: short small words, and no name that sounds like a session. */
static bool is_plain_cookie(const char *text, size_t length)
{
	for (size_t at = 0, stop; at <= length; at = stop + 1) {
		stop = find_char(text, at, length, ';');
		stop = stop < length ? stop : length;
		size_t first = run_of(text, at, stop, C_SPACE), last = back_of(text, stop, first, C_SPACE);
		size_t equals = find_char(text, first, last, '=');
		equals = equals < last ? equals : last;
		size_t value = equals < last ? equals + 1 : last;
		if (is_hint(text + first, equals - first) || is_secret_name(text + first, equals - first) ||
		    last - value > COOKIE_MAX || run_of(text, value, last, C_SMALL) < last)
			return false;
	}
	return true;
}

/* `.pw.txt`, `.vault_pass.txt` and `ipsec.secrets`, and `auth.txt`. */
static bool is_file(struct bytes name)
{
	while (name.length && *name.data == '.')
		name = (struct bytes){name.data + 1, name.length - 1};
	const char *dot = memchr(name.data, '.', name.length);
	struct bytes stem = {name.data, dot ? (size_t)(dot - name.data) : name.length};
	struct bytes ending = dot ? (struct bytes){dot + 1, name.length - stem.length - 1} : bytes_of("");
	bool of_text = listed("txt\0conf\0cfg\0", ending);
	if (listed(secret_files, stem) || listed(secret_files, ending) || (of_text && is_secret(stem)))
		return true;
	return listed(login_files, stem) && (!ending.length || of_text);
}

static bool ends_with(struct bytes word, const char *ending)
{
	size_t length = strlen(ending);
	return word.length >= length && memcmp(word.data + word.length - length, ending, length) == 0;
}

/* `/run/secrets/db`, not `secrets/README.md`. */
static bool is_in_secrets(struct bytes path)
{
	struct bytes name = base_of(path);
	if (name.length == path.length || !name.length || *name.data == '.' || ends_with(name, ".md") ||
	    memchr("\"'", name.data[name.length - 1], 2))
		return false;
	struct bytes folder = base_of((struct bytes){path.data, path.length - name.length - 1});
	while (folder.length && memchr("\"'", *folder.data, 2))
		folder = (struct bytes){folder.data + 1, folder.length - 1};
	return listed(secret_folders, folder);
}

static bool names_file(struct bytes word)
{
	struct bytes name = base_of(word);
	if (starts_with(word.data, 0, word.length, "/etc/pam.d/"))
		return false;
	return is_secret_key(word.data, word.length) || is_secret_key(name.data, name.length) || is_file(name) ||
	       is_in_secrets(word);
}

/* X in `password X`, where there is no third word, and in `password ann X` of grub. */
static void mark_setting(struct marks *marks, struct span word)
{
	const char *text = marks->text;
	size_t stop = run_of(text, word.start, word.end, C_NAME), value = run_of(text, stop, word.end, C_BLANK);
	if (listed("password\0password_pbkdf2\0", (struct bytes){text + word.start, stop - word.start})) {
		size_t second = run_of(text, until_of(text, value, word.end, C_SPACE), word.end, C_BLANK);
		value = second < word.end ? second : value;
	}
	if (stop == word.start || value == stop || value == word.end ||
	    until_of(text, value, word.end, C_SPACE) < word.end)
		return;
	struct bytes name = {text + word.start, stop - word.start};
	if (is_secret(name) || is_text_secret(name.data, name.length))
		add_mark(marks, (struct span){value, word.end}, true);
}

/* What stands in quotes is one word. */
static size_t count_words(const char *text, size_t at, size_t end)
{
	size_t count = 0;
	struct span inside;
	while (at < end) {
		at = run_of(text, at, end, C_SPACE);
		count += at < end;
		at = until_of(text, quoted_span(text, at, end, &inside) ? inside.end : at, end, C_SPACE);
	}
	return count;
}

/* What is written to a file whose name hints at a secret. `sure`: a word that sets no name is one, and so is what
 * follows the first of a few. */
static void written(struct marks *marks, struct span word, bool sure)
{
	const char *text = marks->text;
	size_t last = word.end;
	while (last > word.start && text[last - 1] == '=')
		last--;
	size_t blank = until_of(text, word.start, last, C_SPACE);
	bool sets_name = find_char(text, word.start, last, '=') < last;
	bool opens = word.start < word.end && memchr("#{[", text[word.start], 3);
	if (!sure || sets_name || opens)
		sure = sure && find_in(text, word.start, blank, "]:") < blank;
	if (!sure || count_words(text, word.start, last) > FIELDS_MAX)
		mark_random(marks, word.start, word.end);
	else
		add_mark(marks, (struct span){blank < last ? blank + 1 : word.start, word.end}, true);
}

/* `setenv`, and `set -gx` of fish. */
static bool begins_setting(const char *text, size_t start, size_t last, size_t end)
{
	struct bytes name = {text + start, last - start};
	return is_word("setenv", name) || (is_word("set", name) && starts_with(text, last, end, " -"));
}

/* A file's name with its folder's. */
static struct bytes path_of(const char *text, struct bytes name)
{
	const char *start = name.data;
	start -= start > text;
	while (start > text && !memchr("/> \t\r\n", start[-1], 6))
		start--;
	return (struct bytes){start, (size_t)(name.data - start) + name.length};
}

/* `Password X`, which is all that is written to a file; all of it in a folder of secrets; the last of what printf(1)
 * writes to a file of secrets. */
static void sets(const struct command *command, struct marks *marks, const struct span *words, size_t count)
{
	struct bytes target = command->target;
	bool last = (command->sure || is_word(".pgpass", target)) && is_word("printf", command->tool);
	if (count == 1 && target.length && is_in_secrets(path_of(marks->text, target)))
		written(marks, words[0], true);
	if (last && count > 1)
		add_mark(marks, words[count - 1], true);
	if (!target.length || ends_with(target, ".log") || ends_with(target, ".md") || ends_with(target, ".txt"))
		return;
	for (size_t i = 0; i < count; i++)
		mark_setting(marks, words[i]);
}

const struct word_rooms word_rooms = {
	.begins = begins,
	.hears = hears,
	.awaits = awaits,
	.option = option,
	.position = position,
	.assigns = assigns,
	.compares = compares,
	.pair = pair,
	.gives = gives,
	.is_slash_option = is_slash_option,
	.is_plain_cookie = is_plain_cookie,
	.is_file = is_file,
	.names_file = names_file,
	.sets = sets,
	.begins_setting = begins_setting,
	.written = written,
};
