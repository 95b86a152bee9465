#include "lib/gate/compiled_table.h"

#include "lib/base/buffer.h"
#include "lib/base/memory.h"
#include "lib/gate/shell_names.h"
#include "lib/gate/split_line.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define PATH_BYTES 4096

static const struct table_entry entries[] = {
#define TABLE_ENTRY(program, flags, word, targets, rule, reason, instead, final)                                       \
	{program, flags, word, targets, rule, reason, instead, final},
#include "lib/gate/compiled_entries.inc"
#undef TABLE_ENTRY
};

/* Options that take a value in a word of their own, by wrapper. */
static const struct {
	const char *program, *with_value;
} wrappers[] = {
	{"sudo", "ughpCTrtUDR"},
	{"doas", "uC"},
	{"env", "uCS"},
	{"nohup", ""},
	{"nice", "n"},
	{"ionice", "cnpPu"},
	{"time", "fo"},
	{"timeout", "ks"},
	{"setsid", ""},
	{"stdbuf", "ioe"},
	{"command", ""},
	{"exec", "a"},
	{"builtin", ""},
	{"busybox", ""},
	{"chroot", ""},
	{"then", ""},
	{"do", ""},
	{"else", ""},
	{"elif", ""},
	{"if", ""},
	{"while", ""},
	{"until", ""},
	{"!", ""},
	{"{", ""},
};

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash ? slash + 1 : path;
}

static bool pattern_fits(const char *pattern, size_t length, const char *text)
{
	if (length && pattern[length - 1] == '*')
		return !strncmp(pattern, text, length - 1);
	return strlen(text) == length && !strncmp(pattern, text, length);
}

/* Without doubled slashes and an ending `/`, `/.` or pattern for everything; the root stays `/`. */
static void normalise(const char *path, char *out)
{
	size_t used = 0;
	for (; *path && used + 1 < PATH_BYTES; path++)
		if (*path != '/' || !used || out[used - 1] != '/')
			out[used++] = *path;
	while (used > 1) {
		if (out[used - 1] == '/')
			used--;
		else if (used > 1 && (out[used - 1] == '*' || out[used - 1] == '.') && out[used - 2] == '/')
			used--;
		else if (used > 2 && out[used - 1] == '*' && out[used - 2] == '.' && out[used - 3] == '/')
			used -= 2;
		else
			break;
	}
	out[used] = '\0';
}

static bool is_listed(const char *list, const char *text)
{
	while (*list) {
		size_t length = strcspn(list, " ");
		if (pattern_fits(list, length, text))
			return true;
		list += length + strspn(list + length, " ");
	}
	return false;
}

static bool is_target(const char *list, const char *argument)
{
	char path[PATH_BYTES];
	const char *home = getenv("HOME");
	normalise(argument, path);
	if (is_listed(list, path))
		return true;
	/* The exec gate sees the path that ~ became. */
	return home && *home == '/' && home[1] && !strcmp(path, home) && is_listed(list, "~");
}

static bool has_flag(char *const *argv, char flag)
{
	static const struct {
		char flag;
		const char *name;
	} long_names[] = {{'r', "--recursive"}, {'a', "--all"}};
	for (; *argv && strcmp(*argv, "--"); argv++) {
		if ((*argv)[0] != '-')
			continue;
		for (size_t i = 0; (*argv)[1] == '-' && i < sizeof long_names / sizeof *long_names; i++)
			if (long_names[i].flag == flag && strlen(*argv) > 3 &&
			    !strncmp(*argv, long_names[i].name, strlen(*argv)))
				return true;
		if ((*argv)[1] != '-' && (strchr(*argv, flag) || (flag == 'r' && strchr(*argv, 'R'))))
			return true;
	}
	return false;
}

static bool has_word(char *const *argv, const char *word)
{
	for (; *argv; argv++)
		if (!strcmp(*argv, word))
			return true;
	return false;
}

static char found_target[128];

/* As the guard tells it: the home folder is ~. */
static void keep_target(const char *argument)
{
	static const char *const names[] = {"$HOME", "${HOME}"};
	const char *home = getenv("HOME");
	struct buffer to = buffer_in(found_target, sizeof found_target);
	argument += strncmp(argument, "of=", 3) ? 0 : 3;
	for (size_t i = 0; i < 3; i++) {
		const char *name = i < 2 ? names[i] : home && *home == '/' && home[1] ? home : "\n";
		size_t length = strlen(name);
		if (strncmp(argument, name, length) || (argument[length] && argument[length] != '/'))
			continue;
		add_char(&to, '~');
		argument += length;
		break;
	}
	/* Patterns end in a star: what stands there may be long, and no terminal is to obey it. */
	for (; *argument && to.length + 1 < sizeof found_target; argument++)
		add_char(&to, (unsigned char)*argument < ' ' || *argument == 127 ? '?' : *argument);
	end_text(&to);
}

void table_fill(char *to, size_t size, const char *text)
{
	struct buffer filled = buffer_in(to, size);
	for (; *text; text++)
		if (*text == '\1')
			add_text(&filled, found_target);
		else
			add_char(&filled, *text);
	end_text(&filled);
}

static bool has_target(char *const *argv, const char *targets)
{
	for (; *argv; argv++)
		if (is_target(targets, *argv)) {
			keep_target(*argv);
			return true;
		}
	return false;
}

static bool fits(const struct table_entry *entry, const char *program, char *const *arguments)
{
	if (!pattern_fits(entry->program, strlen(entry->program), program))
		return false;
	for (const char *flag = entry->flags; *flag; flag++)
		if (!has_flag(arguments, *flag))
			return false;
	return (!*entry->word || has_word(arguments, entry->word)) && has_target(arguments, entry->targets);
}

const struct table_entry *compiled_entry(const char *program, char *const *arguments)
{
	for (size_t i = 0; i < sizeof entries / sizeof *entries; i++)
		if (fits(&entries[i], program, arguments))
			return &entries[i];
	return NULL;
}

static bool is_assignment(const char *word)
{
	size_t length = 0;
	while (isalnum((unsigned char)word[length]) || word[length] == '_')
		length++;
	return length && !isdigit((unsigned char)word[0]) && (word[length] == '=' || !strncmp(word + length, "+=", 2));
}

static char *const *skip_options(char *const *argv, const char *with_value)
{
	while (*argv && (*argv)[0] == '-') {
		bool value = strlen(*argv) == 2 && strchr(with_value, (*argv)[1]);
		bool last = !strcmp(*argv, "--");
		argv++;
		if (last)
			break;
		if (value && *argv)
			argv++;
	}
	return argv;
}

/* The command that really runs: without assignments, sudo, env, nice and their like. */
static char *const *unwrap(char *const *argv)
{
	for (bool changed = true; changed && *argv;) {
		changed = is_assignment(*argv);
		if (changed) {
			argv++;
			continue;
		}
		for (size_t i = 0; i < sizeof wrappers / sizeof *wrappers && !changed; i++) {
			if (strcmp(base_name(*argv), wrappers[i].program))
				continue;
			argv = skip_options(argv + 1, wrappers[i].with_value);
			/* timeout and chroot have an argument of their own in front. */
			if (*argv &&
			    (!strcmp(wrappers[i].program, "timeout") || !strcmp(wrappers[i].program, "chroot")))
				argv++;
			changed = true;
		}
	}
	return argv;
}

const struct table_entry *(*table_text_judge)(const char *text, int depth);
bool table_text_unread;

static const struct table_entry *judge_text(const char *text, int depth)
{
	table_text_unread |= !table_text_judge;
	return table_text_judge ? table_text_judge(text, depth) : NULL;
}

/* The text behind -c of a shell, NULL where there is none. */
static const char *shell_code(const char *program, char *const *arguments)
{
	bool shell = is_shell_name(program);
	for (; shell && *arguments; arguments++)
		if ((*arguments)[0] == '-' && (*arguments)[1] != '-' && strchr(*arguments, 'c'))
			return arguments[1];
	return NULL;
}

/* The words again as text, without the marks of quoting: what eval and sh -c run has been unquoted once. */
static char *join_words(char *const *words)
{
	size_t length = 1;
	for (char *const *word = words; *word; word++)
		length += strlen(*word) + 1;
	char *text = borrow_memory(length), *to = text;
	if (!text)
		return NULL;
	for (; *words; words++) {
		for (const char *from = *words; *from; from++)
			if (*from != SPLIT_QUOTED)
				*to++ = *from;
		*to++ = ' ';
	}
	*to = '\0';
	return text;
}

const struct table_entry *table_judge_words(char *const *argv, int depth)
{
	argv = unwrap(argv);
	if (!*argv)
		return NULL;
	const char *program = base_name(*argv);
	const char *code = shell_code(program, argv + 1);
	bool is_eval = !strcmp(program, "eval");
	if (code || is_eval) {
		char *const one[] = {(char *)code, NULL};
		char *text = join_words(is_eval ? argv + 1 : one);
		const struct table_entry *found = text ? judge_text(text, depth + 1) : NULL;
		return_memory(text);
		return found;
	}
	return compiled_entry(program, argv + 1);
}

const struct table_entry *table_judge_argv(char *const *argv)
{
	return table_judge_words(argv, 0);
}
