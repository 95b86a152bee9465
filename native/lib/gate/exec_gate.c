#include "lib/gate/exec_gate.h"

#include "lib/gate/compiled_table.h"
#include "lib/base/ere.h"
#include "lib/event/event.h"
#include "lib/base/memory.h"
#include "lib/base/message.h"

#include <string.h>

static const char *const actions[] = {"allow", "warn", "confirm", "block"};

int gate_action(const char *word, size_t length)
{
	for (int i = GATE_BLOCK; i > GATE_ALLOW; i--)
		if (strlen(actions[i]) == length && !strncmp(word, actions[i], length))
			return i;
	return GATE_ALLOW;
}

void gate_copy(char *to, size_t size, const char *text)
{
	struct buffer value = buffer_in(to, size - 1);
	size_t length = strlen(text);
	add_bytes(&value, text, length < size ? length : size - 1);
	to[value.length] = '\0';
}

void gate_set(struct gate_verdict *verdict, int action, const char *rule, const char *reason)
{
	*verdict = (struct gate_verdict){.action = action, .score = -1};
	gate_copy(verdict->rule, sizeof verdict->rule, rule);
	gate_copy(verdict->reason, sizeof verdict->reason, reason);
}

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

static void judge_user_rules(const struct runtime_conf *conf, char *const *argv, struct gate_verdict *verdict)
{
	char *line = NULL;
	size_t length = 0;
	const char *entry;
	for (size_t cursor = 0; (entry = next_entry(conf, CONF_RULE, &cursor)) != NULL;) {
		size_t word = strcspn(entry, " ");
		int action = gate_action(entry, word);
		const char *pattern = entry + word + strspn(entry + word, " ");
		if (action <= verdict->action || (!line && !(line = join_argv(argv, &length))))
			continue;
		enum ere_answer answer = ere_test(pattern, line, length);
		if (answer == ERE_NO)
			continue;
		/* One that can't be read might have meant this: it asks where it would have blocked. */
		bool asks = answer == ERE_UNREADABLE && action == GATE_BLOCK;
		if (asks && verdict->action == GATE_CONFIRM)
			continue;
		gate_set(verdict, asks ? GATE_CONFIRM : action, "user-rule",
			 answer == ERE_YES ? "matches your rule " : ERE_UNREADABLE_RULE);
		size_t used = strlen(verdict->reason);
		gate_copy(verdict->reason + used, sizeof verdict->reason - used, pattern);
	}
	return_memory(line);
}

static void judge_table(enum guard_mode mode, char *const *argv, struct gate_verdict *verdict)
{
	int action = mode == GUARD_ACTIVE ? GATE_BLOCK : GATE_WARN;
	const struct table_entry *entry = mode == GUARD_OFF ? NULL : table_judge_argv(argv);
	if (!entry || action < verdict->action)
		return;
	gate_set(verdict, action, entry->rule, "");
	gate_copy(verdict->level, sizeof verdict->level, "critical");
	table_fill(verdict->reason, sizeof verdict->reason, entry->reason);
	table_fill(verdict->instead, sizeof verdict->instead, entry->instead);
}

/* The names of one entry begin alike, so that of thousands few are looked at: this is paid at each exec. */
static bool is_named(const struct runtime_conf *conf, const char *program)
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

static const char *name_of(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash ? slash + 1 : path;
}

void exec_gate_record(const struct exec_gate *gate, char *const *argv, const struct gate_verdict *verdict)
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
	event.action = actions[verdict->action];
	event.level = verdict->level[0] ? verdict->level : NULL;
	event.score = verdict->score;
	event.rules = (struct names){rules, verdict->rule[0] != '\0'};
	write_event(&event, gate->conf);
	return_memory(words);
}

enum gate_need exec_gate_look(const struct exec_gate *gate, char *const *argv, struct gate_verdict *verdict)
{
	const struct runtime_conf *conf = gate->conf;
	enum guard_mode mode = guard_mode_in(conf, gate->cwd);
	*verdict = (struct gate_verdict){.action = GATE_ALLOW, .score = -1};
	table_text_unread = false;
	judge_user_rules(conf, argv, verdict);
	judge_table(mode, argv, verdict);
	if (verdict->action >= GATE_CONFIRM || table_text_unread)
		return GATE_ASK;
	if (mode == GUARD_ACTIVE && is_named(conf, name_of(argv[0])))
		return GATE_ASK;
	return verdict->action == GATE_ALLOW ? GATE_PASS : GATE_RECORD;
}

void gate_say(const struct gate_verdict *verdict)
{
	bool safer = verdict->instead[0];
	SAY("blocked: ", verdict->reason, " [", verdict->rule, safer ? "]; safer: " : "]", verdict->instead);
}
