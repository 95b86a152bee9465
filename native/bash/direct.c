/* libcaro-bash.so, which bash loads as it does loadable builtins (`enable -f FILE __caro_direct`, which "fails"): what
 * costs bash a copy of itself otherwise. It makes two variables, whose values are made when they are looked at.
 *
 * __caro_direct: where PS0 has just set __caro_r to -1 and the line is a usual one, caro-hook is asked, and the number
 * that it printed is the value (0: it said nothing). Else -2: the shell's own functions ask. What a usual line is,
 * init.bash says (__caro_preexec), which does the same where this can't be loaded.
 * __caro_tells: the status of caro-hook, called with the command in __caro_asks (postexec, late) for the last line; of a
 * line that ended the daemon is told without it, where that can be done. */
#include "bash/bash_abi.h"
#include "bash/fifo.h"
#include "bash/plain_line.h"
#include "bash/start_program.h"
#include "bash/values.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NUMBER_SPACE 32
#define BREAKER_SECONDS 30
#define NUMBER_DIGITS 18
#define LINE_MAX_BYTES 30000 /* one variable of a new process holds 128 KiB */

#define NOT_HERE "-2"

/* Options that every question has. */
#define LINE_WORDS "-s", "bash", "-p", value_of("__caro_pid"), "-n", value_of("__caro_n")

/* Of which line the value is, so that whatever looks at the variable again asks nobody. */
static char answered[NUMBER_SPACE];

static bool aliases_name_fc(void)
{
	struct alias **aliases = all_aliases();
	bool found = false;
	for (struct alias **alias = aliases; alias && *alias; alias++)
		found = found || strstr((*alias)->value, "fc");
	if (aliases)
		xfree(aliases);
	return found;
}

/* The history's newest entry is the line: it is on, and has at most one more than at the prompt. */
static const char *typed_line(void)
{
	const char *now = get_string_value("HISTCMD"), *before = get_string_value("__caro_h");
	if (!remember_on_history || !enable_history_list || has("HISTSIZE", "0") || !now || !before ||
	    atol(now) - atol(before) > 1)
		return NULL;
	struct history_entry *entry = history_length > 0 ? history_get(history_base + history_length - 1) : NULL;
	return entry ? entry->line : NULL;
}

static bool is_usual(const char *line)
{
	if (!line || !*line || strlen(line) > LINE_MAX_BYTES || strstr(line, "fc") || aliases_name_fc())
		return false;
	return has("__caro_p", "0") && has("__caro_line", "") && (has("__caro_control", "") || *line != ' ') &&
	       has("__caro_ignore", "") && (has("CARO_DISABLE", "") || has("CARO_DISABLE", "0")) &&
	       has("HOME", value_of("__caro_home"));
}

/* The environment of the shell's children with the line in it; of the caller, to be freed. */
static char **environment_with(char *line)
{
	size_t count = 0, kept = 0;
	maybe_make_export_env();
	while (export_env && export_env[count])
		count++;
	char **env = xmalloc((count + 2) * sizeof *env);
	env[kept++] = line;
	for (size_t i = 0; i < count; i++)
		if (strncmp(export_env[i], "CARO_LINE=", strlen("CARO_LINE=")) != 0)
			env[kept++] = export_env[i];
	env[kept] = NULL;
	return env;
}

static bool is_number(const char *text)
{
	size_t digits = strspn(text, "0123456789");
	return digits > 0 && digits <= NUMBER_DIGITS && !text[digits] && *text != '0';
}

static void set_value(struct variable *variable, const char *value)
{
	size_t size = strlen(value) + 1;
	if (variable->value)
		xfree(variable->value);
	variable->value = memcpy(xmalloc(size), value, size);
}

/* Run caro-hook with the line in its environment; return false where it can't be started. */
static bool call_hook(const char *line, const char *const *words, char *number)
{
	char *text = xmalloc(strlen(line) + sizeof "CARO_LINE=");
	strcpy(text, "CARO_LINE=");
	strcat(text, line);
	char **env = environment_with(text);
	int status = run_program((char *const *)words, env, number, NUMBER_SPACE);
	xfree(env);
	xfree(text);
	return status >= 0;
}

/* The daemon never took a line that it was told of: the hook records it. */
static void record_told_line(void)
{
	char number[NUMBER_SPACE], until[NUMBER_SPACE];
	const struct told_line *told = forget_told_line();
	snprintf(until, sizeof until, "%lld", now_us() / 1000000 + BREAKER_SECONDS);
	const char *const words[] = {value_of("__caro_hook"),
				     "preexec",
				     "-s",
				     "bash",
				     "-p",
				     value_of("__caro_pid"),
				     "-n",
				     told->number,
				     "-e",
				     told->status,
				     "-d",
				     told->duration,
				     "-u",
				     until,
				     NULL};
	call_hook(told->text, words, number);
}

/* Ask caro-hook of the line: false where it can't be started. `number` becomes what it printed, "0" where that is none. */
static bool ask_hook(const char *line, char *number)
{
	const char *hides = has("__caro_history", "") ? "-ok" : "-okh";
	const char *const words[] = {value_of("__caro_hook"),
				     "preexec",
				     "-g",
				     "1",
				     hides,
				     LINE_WORDS,
				     "-u",
				     value_of("__caro_until"),
				     "-e",
				     value_of("__caro_status"),
				     "-d",
				     value_of("__caro_us"),
				     NULL};
	bool started = call_hook(line, words, number);
	if (!is_number(number))
		strcpy(number, started ? "0" : NOT_HERE);
	return started;
}

/* The shell's breaker: no answer in time, so the daemon is not asked for a while. */
static void open_breaker(void)
{
	char until[NUMBER_SPACE];
	snprintf(until, sizeof until, "%lld", now_us() / 1000000 + BREAKER_SECONDS);
	bind_variable("__caro_until", until, 0);
}

static bool ask(const char *line, char *number)
{
	enum answer answer = tell_of_plain_line(line) ? ANSWER_RUNS : ask_daemon(line);
	if (answer == ANSWER_RUNS) {
		snprintf(number, NUMBER_SPACE, "10%016lld", now_us());
		return true;
	}
	if (answer == ANSWER_NONE)
		open_breaker();
	if (!was_taken())
		record_told_line();
	return ask_hook(line, number);
}

/* The variable's value, whoever looks at it. */
static struct variable *give_number(struct variable *variable)
{
	char number[NUMBER_SPACE] = NOT_HERE;
	const char *line_number = value_of("__caro_n");
	bool asks = has("__caro_r", "-1") && strlen(line_number) < sizeof answered &&
		    strcmp(line_number, answered) != 0;
	const char *line = asks ? typed_line() : NULL;
	if (asks)
		strcpy(answered, value_of("__caro_n"));
	/* At once: the SIGINT that drops a refused line may keep the shell from doing it. */
	if (asks && is_usual(line) && ask(line, number))
		bind_variable("__caro_r", number, 0);
	set_value(variable, number);
	return variable;
}

/* True if variables of the running bash have the form that is known here. */
static bool knows_shell(void)
{
	struct variable *random = find_variable("RANDOM"), *hook = find_variable("__caro_hook");
	return random && !strcmp(random->name, "RANDOM") && random->dynamic_value &&
	       (random->attributes & ATTRIBUTE_INTEGER) && hook && !strcmp(hook->name, "__caro_hook") && hook->value &&
	       !hook->dynamic_value && !(hook->attributes & ATTRIBUTE_INTEGER);
}

/* caro-hook's status for the command in __caro_asks; -1 where it can't be started, or nothing is asked. What comes later
 * is asked for whatever the breaker says. */
static struct variable *give_status(struct variable *variable)
{
	const char *until = has("__caro_asks", "late") ? "0" : value_of("__caro_until");
	const char *const words[] = {value_of("__caro_hook"),
				     value_of("__caro_asks"),
				     LINE_WORDS,
				     "-u",
				     until,
				     "-e",
				     value_of("__caro_exit"),
				     "-d",
				     value_of("__caro_us"),
				     NULL};
	int status = -1;
	char number[NUMBER_SPACE];
	maybe_make_export_env();
	if (has("__caro_asks", "postexec"))
		status = tell_end(value_of("__caro_exit"));
	if (*words[1] && status < 0)
		status = run_program((char *const *)words, export_env, NULL, 0);
	snprintf(number, sizeof number, "%d", status);
	set_value(variable, number);
	return variable;
}

static bool make_variable(const char *name, struct variable *(*give)(struct variable *))
{
	char value[] = NOT_HERE;
	struct variable *variable = bind_variable(name, value, 0);
	if (variable)
		variable->dynamic_value = give;
	return variable != NULL;
}

static int no_builtin(struct word_list *list)
{
	(void)list;
	return 1;
}

#define FOR_BASH __attribute__((visibility("default")))

static const char *const long_doc[] = {"Makes two variables; there is no such builtin.", NULL};

/* What bash looks for by the name that it is given. */
FOR_BASH struct builtin __caro_direct_struct = {"__caro_direct", no_builtin, 0, long_doc, "__caro_direct", NULL};
FOR_BASH int __caro_direct_builtin_load(const char *name);

/* Bash calls this when it has loaded the file. No builtin is wanted, so that none is listed: bash says so, and closes
 * the file, which stays in memory (-z nodelete). */
int __caro_direct_builtin_load(const char *name)
{
	(void)name;
	if (knows_shell() && make_variable("__caro_direct", give_number))
		make_variable("__caro_tells", give_status);
	return 0;
}
