#include "hook/verdict.h"

#include "lib/gate/ask.h"
#include "hook/show.h"
#include "lib/base/buffer.h"
#include "lib/gate/compiled_table.h"
#include "lib/base/utf8.h"
#include "lib/wire/wire.h"

#include <locale.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
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

static bool matches(const char *pattern, int flags, const char *line)
{
	regex_t compiled;
	if (regcomp(&compiled, pattern, REG_EXTENDED | REG_NOSUB | flags))
		return false;
	bool found = regexec(&compiled, line, 0, NULL, 0) == 0;
	regfree(&compiled);
	return found;
}

/* In a line of several lines ^ and $ mean each of them, while `rm.*-rf` may also span a continued line. */
static bool pattern_finds(const char *pattern, const char *line)
{
	return matches(pattern, 0, line) || (strchr(line, '\n') && matches(pattern, REG_NEWLINE, line));
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

/* regexec gives up at the first byte that is no character, and everything behind it would go unseen. */
static const char *valid_text(const char *line)
{
	struct bytes rest = bytes_of(line);
	if (utf8_valid(rest))
		return line;
	size_t capacity = rest.length * 3 + 1;
	char *memory = malloc(capacity);
	if (!memory)
		return line;
	struct buffer text = buffer_in(memory, capacity);
	while (rest.length) {
		bool valid;
		size_t step = utf8_step(rest, &valid);
		add_bytes(&text, valid ? rest.data : "\xEF\xBF\xBD", valid ? step : 3);
		rest.data += step;
		rest.length -= step;
	}
	return end_text(&text) ? memory : line;
}

void judge_user_rules(const struct runtime_conf *conf, const char *line, struct verdict *verdict)
{
	const char *entry;
	/* Without it a dot is a byte, and `?` behind a letter beyond ASCII would mean its last byte. */
	setlocale(LC_CTYPE, "C.UTF-8");
	line = valid_text(line);
	for (size_t cursor = 0; (entry = next_entry(conf, CONF_RULE, &cursor)) != NULL;) {
		enum action action;
		const char *pattern = split_entry(entry, &action);
		if (!pattern || action <= verdict->action || !pattern_finds(pattern, line))
			continue;
		*verdict = (struct verdict){.action = action, .score = -1};
		snprintf(verdict->rule, sizeof verdict->rule, "user-rule");
		snprintf(verdict->reason, sizeof verdict->reason, "matches your rule %s", pattern);
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
