#include "lib/gate/exec_gate.h"

#include "lib/base/memory.h"
#include "lib/event/event.h"
#include "lib/gate/compiled_table.h"
#include "lib/gate/user_rules.h"
#include "lib/process/own_file.h"

#include <string.h>

/* The arguments as a line, for patterns that people wrote for lines. NULL: no memory. */
static char *join_argv(char *const *argv, size_t *length)
{
	*length = 0;
	for (char *const *word = argv; *word; word++)
		*length += strlen(*word) + 1;
	char *line = borrow_memory(*length + 1), *to = line;
	for (; line && *argv; argv++) {
		size_t size = strlen(*argv);
		memcpy(to, *argv, size);
		to[size] = ' ';
		to += size + 1;
	}
	*length = line && to > line ? (size_t)(to - line) - 1 : 0;
	return line;
}

/* Judges by the user's rules, which people wrote for lines. */
static void judge_as_line(const struct runtime_conf *conf, char *const *argv, struct verdict *verdict)
{
	size_t cursor = 0, length = 0;
	char *line = next_entry(conf, CONF_RULE, &cursor) ? join_argv(argv, &length) : NULL;
	judge_user_rules(conf, line ? line : "", length, verdict);
	return_memory(line);
}

/* The names of one entry begin alike, so that of thousands few are looked at: this is paid at each exec. */
bool is_guarded_program(const struct runtime_conf *conf, const char *program)
{
	size_t length = strlen(program);
	const char *at;
	for (size_t cursor = 0; (at = next_entry(conf, CONF_PROGRAM, &cursor)) != NULL;)
		while (*at == *program) {
			if (!strncmp(at, program, length) && (at[length] == ' ' || !at[length]))
				return true;
			while (*at && *at++ != ' ')
				continue;
		}
	return false;
}

void exec_gate_record(const struct exec_gate *gate, char *const *argv, const struct verdict *verdict)
{
	const char *rules[] = {verdict->rule};
	struct event event;
	size_t count = 0;
	while (argv[count])
		count++;
	struct bytes *words = borrow_memory((count + 1) * sizeof *words);
	event_init(&event, "verdict", gate->source);
	for (size_t i = 0; words && i < count; i++)
		words[i] = bytes_of(argv[i]);
	if (gate->conf->capture != CAPTURE_NONE && words) {
		event.argv = words;
		event.argc = count;
	}
	event.command = name_of(argv[0]);
	event.session_id = gate->session;
	event.parent_id = gate->parent;
	event.path = gate->path;
	event.cwd = gate->cwd;
	event.pid = gate->pid;
	event.user = gate->user;
	event.host = gate->host;
	event.agent = gate->agent;
	event.action = action_word(verdict->action);
	event.level = verdict->level[0] ? verdict->level : NULL;
	event.score = verdict->score;
	event.rules = (struct names){rules, verdict->rule[0] != '\0'};
	write_event(&event, gate->conf);
	return_memory(words);
}

enum gate_need exec_gate_look(const struct exec_gate *gate, char *const *argv, struct verdict *verdict)
{
	const struct runtime_conf *conf = gate->conf;
	enum guard_mode mode = guard_mode_in(conf, gate->cwd);
	table_text_unread = false;
	judge_as_line(conf, argv, verdict);
	tighten_by_table(verdict, mode, mode == GUARD_OFF ? NULL : table_judge_argv(argv));
	if (verdict->action >= ACTION_CONFIRM || table_text_unread)
		return GATE_ASK;
	if (mode == GUARD_ACTIVE && is_guarded_program(conf, name_of(argv[0])))
		return GATE_ASK;
	return verdict->action == ACTION_ALLOW ? GATE_PASS : GATE_RECORD;
}
