/* What a judge says of a line or of an exec's arguments: one type for prompt, agent, shim and tracer. */
#ifndef CARO_VERDICT_H
#define CARO_VERDICT_H

#include "lib/base/runtime_conf.h"

#include <stdbool.h>
#include <stddef.h>

struct table_entry;

/* Mildest first, as in src/caro/model.py. */
enum action { ACTION_ALLOW, ACTION_WARN, ACTION_CONFIRM, ACTION_BLOCK };

struct verdict {
	enum action action;
	int score; /* -1: not known */
	char level[16], rule[80], reason[1024], instead[1024];
	char code[16];  /* with which a person lets an agent's command pass once */
	bool transform; /* the daemon holds a changed line for the next prompt */
	bool approved;  /* the daemon says that a person let it pass */
	bool final;     /* refused here, by the table or the user's own rule: no approval lifts that */
	bool partial;   /* the daemon's guard has not spoken */
};

/* Returns the word of an action. */
const char *action_word(enum action action);
/* Returns the action of the first `length` bytes of `word`; -1: none has that name. */
int action_of(const char *word, size_t length);

/* Makes it a verdict without level, score and safer way; what doesn't fit is cut. */
void set_verdict(struct verdict *verdict, enum action action, const char *rule, const char *reason);
/* Tightens it by what the compiled table has found (NULL: nothing): passive warns, active blocks, off leaves it. */
void tighten_by_table(struct verdict *verdict, enum guard_mode mode, const struct table_entry *entry);
/* Copies as much of the text as fits, and a NUL. */
void copy_text(char *to, size_t size, const char *text);
/* In active mode makes it a question at least, because nobody has judged all of it. */
void tighten_as_unread(struct verdict *verdict, enum guard_mode mode, const char *reason);
/* Tightens it by an entry that nobody may override, and in active mode alone: what no answer may be milder than. */
void tighten_by_final(struct verdict *verdict, enum guard_mode mode, const struct table_entry *entry);
/* Keeps the stricter of the two in `verdict`, and of equals the one that knows its level. */
void tighten(struct verdict *verdict, const struct verdict *other);

/* Takes the daemon's verdict: lets pass what a person let pass, but for what is final here; else the stricter counts. */
void take_daemons(struct verdict *verdict, const struct verdict *daemons);

/* Writes "caro: blocked: REASON [RULE]; safer: COMMAND" to standard error, as one line. */
void say_refusal(const struct verdict *verdict);

#endif
