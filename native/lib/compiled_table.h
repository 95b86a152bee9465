/* The few catastrophic shapes that are caught with no daemon and no Python. The entries stand in
 * compiled_entries.inc, generated from the guard's rule data; this file only knows how to look. */
#ifndef CARO_COMPILED_TABLE_H
#define CARO_COMPILED_TABLE_H

struct table_entry {
	const char *rule, *reason, *instead;
	/* How an argv must look: `program` (its last path part), every letter of `flags` set by short options
	 * or by the long ones that the table knows, and an argument that is one of `targets` (separated by
	 * blanks; an ending `*` stands for any ending). Empty flags or targets ask for nothing. */
	const char *program, *flags, *targets;
};

/* Each returns the first entry that fits, or NULL. A line is split into its simple commands first. */
const struct table_entry *table_judge_argv(char *const *argv);
const struct table_entry *table_judge_line(const char *line);

#endif
