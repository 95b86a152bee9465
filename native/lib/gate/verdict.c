#include "lib/gate/verdict.h"

#include "lib/base/buffer.h"
#include "lib/base/message.h"
#include "lib/base/words.h"
#include "lib/gate/compiled_table.h"

#include <string.h>

static const char *const words[] = {"allow", "warn", "confirm", "block"};

const char *action_word(enum action action)
{
	return words[action];
}

int action_of(const char *word, size_t length)
{
	return word_index(words, sizeof words / sizeof *words, word, length);
}

void copy_text(char *to, size_t size, const char *text)
{
	struct buffer value = buffer_in(to, size - 1);
	add_bytes(&value, text, strnlen(text, size - 1));
	to[value.length] = '\0';
}

void set_verdict(struct verdict *verdict, enum action action, const char *rule, const char *reason)
{
	*verdict = (struct verdict){.action = action, .score = -1};
	copy_text(verdict->rule, sizeof verdict->rule, rule);
	copy_text(verdict->reason, sizeof verdict->reason, reason);
}

void tighten_by_table(struct verdict *verdict, enum guard_mode mode, const struct table_entry *entry)
{
	enum action action = mode == GUARD_ACTIVE ? ACTION_BLOCK : ACTION_WARN;
	if (!entry || mode == GUARD_OFF || action < verdict->action)
		return;
	bool final = verdict->final || (action == ACTION_BLOCK && entry->final);
	set_verdict(verdict, action, entry->rule, "");
	verdict->final = final;
	copy_text(verdict->level, sizeof verdict->level, "critical");
	table_fill(verdict->reason, sizeof verdict->reason, entry->reason);
	table_fill(verdict->instead, sizeof verdict->instead, entry->instead);
}

void tighten_by_final(struct verdict *verdict, enum guard_mode mode, const struct table_entry *entry)
{
	if (entry && entry->final && mode == GUARD_ACTIVE && verdict->action < ACTION_BLOCK)
		tighten_by_table(verdict, mode, entry);
}

void tighten_as_unread(struct verdict *verdict, enum guard_mode mode, const char *reason)
{
	if (mode == GUARD_ACTIVE && verdict->action < ACTION_CONFIRM)
		set_verdict(verdict, ACTION_CONFIRM, "unread-line", reason);
}

void take_daemons(struct verdict *verdict, const struct verdict *daemons)
{
	if (!daemons->approved)
		tighten(verdict, daemons);
	else if (!verdict->final)
		*verdict = *daemons;
}

void tighten(struct verdict *verdict, const struct verdict *other)
{
	bool transform = verdict->transform || other->transform, final = verdict->final || other->final;
	if (other->action > verdict->action || (other->action == verdict->action && !verdict->level[0]))
		*verdict = *other;
	verdict->transform = transform;
	verdict->final = final;
}

void say_refusal(const struct verdict *verdict)
{
	const char *instead = verdict->instead;
	SAY("blocked: ", verdict->reason, " [", verdict->rule, *instead ? "]; safer: " : "]", instead);
}
