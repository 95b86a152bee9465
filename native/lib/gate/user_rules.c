#include "lib/gate/user_rules.h"

#include "lib/base/ere.h"

#include <string.h>

/* An entry is `ACTION PATTERN`. */
static void judge_rule(const char *entry, const char *text, size_t length, struct verdict *verdict)
{
	size_t word = strcspn(entry, " ");
	int action = action_of(entry, word);
	const char *pattern = entry + word + strspn(entry + word, " ");
	if (action <= (int)verdict->action)
		return;
	enum ere_answer answer = ere_test(pattern, text, length);
	/* A rule that can't be read might have meant this: it asks where it would have blocked. */
	if (answer == ERE_UNREADABLE && action == ACTION_BLOCK)
		action = ACTION_CONFIRM;
	if (answer == ERE_NO || action <= (int)verdict->action)
		return;
	set_verdict(verdict, (enum action)action, "user-rule",
		    answer == ERE_YES ? "matches your rule " : ERE_UNREADABLE_RULE);
	verdict->final = action == ACTION_BLOCK;
	size_t used = strlen(verdict->reason);
	copy_text(verdict->reason + used, sizeof verdict->reason - used, pattern);
}

void judge_user_rules(const struct runtime_conf *conf, const char *text, size_t length, struct verdict *verdict)
{
	const char *entry;
	set_verdict(verdict, ACTION_ALLOW, "", "");
	for (size_t cursor = 0; (entry = next_entry(conf, CONF_RULE, &cursor)) != NULL;)
		judge_rule(entry, text, length, verdict);
}
