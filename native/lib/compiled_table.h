/* The few catastrophic shapes that are caught with no daemon and no Python. What they are stands in
 * compiled_entries.inc; this only knows how to look. */
#ifndef CARO_COMPILED_TABLE_H
#define CARO_COMPILED_TABLE_H

struct table_entry {
	/* How a command must look: `program` (the last part of its path; an ending `*` stands for any ending),
	 * every letter of `flags` given as a short option or as its long form, `word` among the arguments, and
	 * one argument among `targets` (separated by blanks, ending `*` as above). Empty asks for nothing. */
	const char *program, *flags, *word, *targets;
	const char *rule, *reason, *instead;
};

/* Each returns the first entry that fits, or NULL. */
const struct table_entry *table_judge_argv(char *const *argv);
/* Splits the line into its commands first, and looks into substitutions, `sh -c` and eval. */
const struct table_entry *table_judge_line(const char *line);

#endif
