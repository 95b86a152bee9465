#ifdef __linux__
#include "trace/service.h"

#include "lib/process/find_caro.h"
#include "lib/process/own_file.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HOOK "caro-hook"
/* No quote, no sign of the shell's: such words are arguments and nothing else. */
#define PLAIN "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_ .-"

bool runs_service(const struct process *process)
{
	return process && process->current->service;
}

static const char *argument(const struct strings *argv, size_t index)
{
	const char *at = argv->data;
	for (size_t i = 0; i < index; i++)
		at += strlen(at) + 1;
	return at;
}

/* Return the first word of a line as src/caro/agent/edit.py writes it, plain or in single quotes; the rest of the
 * line in `*rest`. False: it is another kind of word. */
static bool first_word(const char *line, char word[PATH_MAX], const char **rest)
{
	bool quoted = *line == '\'';
	line += quoted;
	size_t length = strcspn(line, quoted ? "'" : " \t\n'\"\\$`;&|<>()*?[]{}~#!");
	if (length == 0 || length >= PATH_MAX)
		return false;
	memcpy(word, line, length);
	word[length] = '\0';
	*rest = line + length + (quoted && line[length] == '\'');
	return **rest == ' ';
}

/* True if it is the hook beside this tracer: another file of that name is a command as any. */
static bool is_own_hook(const char *path)
{
	char found[PATH_MAX], own[PATH_MAX];
	ssize_t length = readlink("/proc/self/exe", own, sizeof own - 1);
	if (strcmp(name_of(path), HOOK) != 0 || length <= 0 || !realpath(path, found))
		return false;
	own[length] = '\0';
	size_t folder = (size_t)(name_of(own) - own);
	return strncmp(own, found, folder) == 0 && strcmp(found + folder, HOOK) == 0;
}

/* Agents hand the hook's command to a shell: `sh -c '/…/caro-hook agent claude-code'`. */
static bool is_hooks_shell(const struct start *start)
{
	char word[PATH_MAX];
	const char *rest;
	if (start->argv->count != 3)
		return false;
	const char *option = argument(start->argv, 1), *line = argument(start->argv, 2);
	return option[0] == '-' && strchr(option, 'c') && strstr(line, HOOK) && first_word(line, word, &rest) &&
	       rest[strspn(rest, PLAIN)] == '\0' && is_own_hook(word);
}

/* As caro-hook and `caro daemon start` start it: `-m caro daemon run` by the interpreter that has Caro, in the root
 * folder, where no module of another's is found first; else `caro daemon run`. */
static bool is_daemon(const struct start *start)
{
	static const char module[] = "-m\0caro\0daemon\0run", command[] = "daemon\0run";
	const struct strings *argv = start->argv;
	char program[PATH_MAX];
	bool interpreter;
	size_t head = argv->count ? strlen(argv->data) + 1 : 0;
	bool by_module = argv->count == 5 && argv->bytes == head + sizeof module &&
			 memcmp(argv->data + head, module, sizeof module) == 0;
	bool by_command = argv->count == 3 && argv->bytes == head + sizeof command &&
			  memcmp(argv->data + head, command, sizeof command) == 0;
	if ((!by_module && !by_command) || strcmp(start->cwd, "/") != 0)
		return false;
	return find_caro(program, sizeof program, &interpreter) && interpreter == by_module &&
	       strcmp(program, start->target->path) == 0;
}

bool is_service(const struct start *start)
{
	return is_hooks_shell(start) || is_daemon(start);
}
#else
typedef int not_on_this_system;
#endif
