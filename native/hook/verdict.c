#include "hook/verdict.h"

#include "lib/gate/ask.h"
#include "hook/show.h"
#include "lib/base/buffer.h"
#include "lib/base/ere.h"
#include "lib/base/utf8.h"
#include "lib/gate/compiled_table.h"
#include "lib/wire/wire.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char *const words[] = {"allow", "warn", "confirm", "block"};

const char *action_word(enum action action)
{
	return words[action];
}

enum action action_of(const char *word)
{
	for (int i = ACTION_WARN; i <= ACTION_BLOCK; i++)
		if (!strcmp(word, words[i]))
			return (enum action)i;
	return ACTION_ALLOW;
}

/* An entry is `ACTION PATTERN`. */
static const char *split_entry(const char *entry, enum action *action)
{
	char word[16];
	size_t length = strcspn(entry, " ");
	if (length >= sizeof word || entry[length] == '\0')
		return NULL;
	memcpy(word, entry, length);
	word[length] = '\0';
	*action = action_of(word);
	return entry + length + strspn(entry + length, " ");
}

/* A rule that can't be read might have meant this line: it asks where it would have blocked. */
void judge_user_rules(const struct runtime_conf *conf, const char *line, struct verdict *verdict)
{
	const char *entry;
	for (size_t cursor = 0; (entry = next_entry(conf, CONF_RULE, &cursor)) != NULL;) {
		enum action action;
		const char *pattern = split_entry(entry, &action);
		enum ere_answer answer = pattern ? ere_test(pattern, line, strlen(line)) : ERE_NO;
		if (answer == ERE_UNREADABLE && action > ACTION_CONFIRM)
			action = ACTION_CONFIRM;
		if (answer == ERE_NO || action <= verdict->action)
			continue;
		*verdict = (struct verdict){.action = action, .score = -1};
		snprintf(verdict->rule, sizeof verdict->rule, "user-rule");
		snprintf(verdict->reason, sizeof verdict->reason, "%s%s",
			 answer == ERE_YES ? "matches your rule " : ERE_UNREADABLE_RULE, pattern);
	}
}

void judge_table(enum guard_mode mode, const char *line, struct verdict *verdict)
{
	const struct table_entry *entry = mode == GUARD_OFF ? NULL : table_judge_line(line);
	if (!entry)
		return;
	*verdict = (struct verdict){.action = mode == GUARD_ACTIVE ? ACTION_BLOCK : ACTION_WARN, .level = "critical", .score = -1};
	snprintf(verdict->rule, sizeof verdict->rule, "%s", entry->rule);
	table_fill(verdict->reason, sizeof verdict->reason, entry->reason);
	table_fill(verdict->instead, sizeof verdict->instead, entry->instead);
}

static void copy_field(const char *reply, const char *key, char *value, size_t size)
{
	if (wire_string(reply, key, value, size) < 0)
		value[0] = '\0';
}

void read_verdict(const char *reply, struct verdict *verdict)
{
	char action[16];
	*verdict = (struct verdict){.action = ACTION_ALLOW};
	copy_field(reply, "action", action, sizeof action);
	verdict->action = action_of(action);
	copy_field(reply, "level", verdict->level, sizeof verdict->level);
	copy_field(reply, "rules", verdict->rule, sizeof verdict->rule);
	copy_field(reply, "reason", verdict->reason, sizeof verdict->reason);
	if (!verdict->reason[0])
		copy_field(reply, "warnings", verdict->reason, sizeof verdict->reason);
	copy_field(reply, "instead", verdict->instead, sizeof verdict->instead);
	copy_field(reply, "code", verdict->code, sizeof verdict->code);
	verdict->score = (int)wire_number(reply, "score");
	verdict->approved = wire_has(reply, "approved");
	verdict->transform = wire_has(reply, "transform");
	verdict->partial = wire_has(reply, "partial") || !wire_has(reply, "action");
}

void tighten(struct verdict *verdict, const struct verdict *other)
{
	bool transform = verdict->transform || other->transform;
	if (other->action > verdict->action)
		*verdict = *other;
	verdict->transform = transform;
}

struct shown {
	char reason[2048], rule[192], instead[2048];
};

static void make_printable(const struct verdict *verdict, struct shown *shown)
{
	char rule[160];
	printable(verdict->reason[0] ? verdict->reason : "this line is risky", shown->reason, sizeof shown->reason);
	printable(verdict->instead, shown->instead, sizeof shown->instead);
	printable(verdict->rule, rule, sizeof rule);
	snprintf(shown->rule, sizeof shown->rule, rule[0] ? " [%s]" : "%s", rule);
}

void verdict_sentence(const struct verdict *verdict, char *text, size_t size)
{
	struct shown shown;
	make_printable(verdict, &shown);
	snprintf(text, size, "%s%s", shown.reason, shown.rule);
}

static void show_instead(int terminal, const struct shown *shown)
{
	if (shown->instead[0])
		tell(terminal, "safer: %s", shown->instead);
}

static bool confirm(int terminal, const struct shown *shown)
{
	tell(terminal, "%s%s", shown->reason, shown->rule);
	show_instead(terminal, shown);
	bool yes = ask_yes(terminal, "caro: run it? [y/N] ");
	if (!yes)
		tell(terminal, "not run");
	return yes;
}

bool carry_out(const struct verdict *verdict)
{
	struct shown shown;
	bool runs = verdict->action < ACTION_CONFIRM;
	if (verdict->action == ACTION_ALLOW)
		return true;
	int terminal = open_terminal();
	make_printable(verdict, &shown);
	if (verdict->action == ACTION_CONFIRM) {
		runs = confirm(terminal, &shown);
	} else {
		tell(terminal, "%s: %s%s", runs ? "warning" : "blocked", shown.reason, shown.rule);
		show_instead(terminal, &shown);
	}
	if (terminal != STDERR_FILENO)
		close(terminal);
	return runs;
}
