/* What a judge says about a line, and how it is carried out. */
#ifndef CARO_HOOK_VERDICT_H
#define CARO_HOOK_VERDICT_H

#include "lib/base/runtime_conf.h"

#include <stdbool.h>

/* Mildest first, as in src/caro/model.py. */
enum action { ACTION_ALLOW, ACTION_WARN, ACTION_CONFIRM, ACTION_BLOCK };

struct verdict {
	enum action action;
	char level[16], rule[80], reason[1024], instead[1024];
	int score;     /* -1: not known */
	char code[16]; /* with which a person lets an agent's command pass once */
	bool transform; /* the daemon holds a changed line for the next prompt */
	bool approved; /* a person let it pass: what else was decided does not count */
	bool partial;   /* the daemon's guard has not spoken */
};

/* The word of an action; action_of gives ACTION_ALLOW for a word it doesn't know. */
const char *action_word(enum action action);
enum action action_of(const char *word);

/* The rules that the user wrote: [safety.commands] and [safety] block. */
void judge_user_rules(const struct runtime_conf *conf, const char *line, struct verdict *verdict);
/* The compiled table, for when no daemon answers. */
void judge_table(enum guard_mode mode, const char *line, struct verdict *verdict);
/* The daemon's reply. */
void read_verdict(const char *reply, struct verdict *verdict);
/* Keeps the stricter of the two in `verdict`. */
void tighten(struct verdict *verdict, const struct verdict *other);

/* "REASON [RULE]", without control characters. */
void verdict_sentence(const struct verdict *verdict, char *text, size_t size);
/* Shows it and asks where it is a question; true: the line may run. */
bool carry_out(const struct verdict *verdict);

#endif
