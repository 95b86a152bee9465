/* A shell line cut into its simple commands, well enough for the compiled table: quotes, substitutions,
 * here-documents and redirections are told apart, nothing is expanded. The guard's parser in Python is the real one;
 * this is what stands where Python does not. Linear in the length of the line, bounded in memory and depth. */
#ifndef CARO_SPLIT_LINE_H
#define CARO_SPLIT_LINE_H

#include <stdbool.h>
#include <stddef.h>

#define SPLIT_WORDS_MAX 512
#define SPLIT_TEXT_MAX (64 * 1024) /* of the words of one command; what is longer is cut */
#define SPLIT_DEPTH_MAX 6          /* substitutions inside substitutions */

/* Stands in front of a character that quotes made plain: '~' and "*" are no home and no pattern. */
#define SPLIT_QUOTED '\001'
/* Stands for what is not known before the line runs: $(...). */
#define SPLIT_UNKNOWN '\002'

struct split_command {
	char *const *words; /* ends with NULL */
	size_t count;
	bool is_output; /* no command but the one target of `>`, `>>`, `>|`, `&>` */
};

/* Returns false to stop. */
typedef bool split_visitor(void *context, const struct split_command *command, int depth);

/* Visits each command in order; those of substitutions, and of here-documents that a shell reads, too. */
bool split_line(const char *line, int depth, split_visitor *visit, void *context);

#endif
