/* The few catastrophic shapes that are caught with no daemon and no Python. What they are stands in
 * compiled_entries.inc; this only knows how to look. */
#ifndef CARO_COMPILED_TABLE_H
#define CARO_COMPILED_TABLE_H

#include <stdbool.h>
#include <stddef.h>

struct table_entry {
	/* How a command must look: `program` (the last part of its path; an ending `*` stands for any ending),
	 * every letter of `flags` given as a short option or as its long form, `word` among the arguments, and
	 * one argument among `targets` (separated by blanks, ending `*` as above). Empty asks for nothing. */
	const char *program, *flags, *word, *targets;
	const char *rule, *reason, *instead; /* \1 in these stands for the target: table_fill */
	bool final;                          /* nobody may let it pass */
};

/* Fill in a text of the entry that was found last, with what it was found for. */
void table_fill(char *to, size_t size, const char *text);

/* Each returns the first entry that fits, or NULL. */
const struct table_entry *table_judge_argv(char *const *argv);
/* Splits the line into its commands first, and looks into substitutions, `sh -c` and eval. */
const struct table_entry *table_judge_line(const char *line);

/* Make table_judge_argv judge text that a shell would run (`sh -c TEXT`) too. Small programs leave
 * that out (compiled_line.c), and `table_text_unread` tells them that there was such text. */
void table_reads_text(void);
extern bool table_text_unread;

/* For compiled_line.c. */
extern const struct table_entry *(*table_text_judge)(const char *text, int depth);
const struct table_entry *table_judge_words(char *const *argv, int depth);
const struct table_entry *compiled_entry(const char *program, char *const *arguments);

#endif
