/* How the hooks of each agent speak: src/caro/knowledge/agents.toml tells what the fields mean. */
#ifndef CARO_HOOK_AGENTS_H
#define CARO_HOOK_AGENTS_H

#include <stdbool.h>

struct agent {
	const char *name;
	/* Keys of the call's JSON, and the names that its event may have. */
	const char *event, *before, *after, *failed;
	const char *tools; /* those that run commands; empty: all */
	const char *files; /* those that work on files, one a line: TOOL PROGRAM KEY... */
	const char *command, *cwd, *session, *output, *status_text, *exit_code, *duration;
	/* What is answered. */
	const char *deny, *ask, *offer, *warn, *allow, *context, *after_status;
	const char *failed_text; /* in output without a status: a|b */
	const char *ask_at;      /* the events at which it can ask; empty: all */
	int deny_status;
};

/* Return the agent of that name; NULL: no such agent is known. */
const struct agent *find_agent(const char *name);
/* True if `word` is one of the words of `list`. */
bool is_word_of(const char *list, const char *word);
/* Prints an answer on standard output: `%e` as the event and `%r` as the reason, each as a JSON string, `%i` as the JSON
 * of the call's arguments that it is to go on with (NULL: the answer has none). */
void print_answer(const char *answer, const char *event, const char *reason, const char *arguments);

#endif
