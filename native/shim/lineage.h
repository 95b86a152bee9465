/* Which shims this one runs below, so that no loop lasts.
 *
 * A wrapper in front of the real tool (ccache, a script named `git`) looks for the next `git` on PATH, finds the shim,
 * and the shim finds the wrapper: each sees nothing odd by itself. CARO_SHIM_LINEAGE carries the number of the shims
 * above and a word for each of the last: four hex digits for the tool, eight for arguments and folder, four for the
 * environment. The same word a third time is a loop.
 *
 * make and git start themselves too, a hundred levels deep if they like, and come to an end. They differ from one
 * another in arguments, folder or environment; but so do wrappers that add an argument each time. What tells those is
 * that they searched PATH by themselves and gave the shim's path, or replaced themselves by the shim: only such calls
 * count against LINEAGE_SAME_TOOL, the first twice, as they take two processes each. */
#ifndef CARO_LINEAGE_H
#define CARO_LINEAGE_H

#include <stdbool.h>
#include <stddef.h>

/* From this many identical ones above on, the candidates that these tried are passed over. */
#define LINEAGE_REPEATS 2
/* From this many on, where there is no other candidate, it is given up. */
#define LINEAGE_HOPELESS 6
#define LINEAGE_SAME_TOOL 16
#define LINEAGE_DEPTH 400
#define LINEAGE_WORDS 40
#define LINEAGE_WORD 17 /* its mark, and 16 hex digits */

struct lineage {
	size_t same_command; /* equal words above */
	size_t same_tool;    /* calls above that count, as said */
	size_t depth;
	/* "NAME=words" for the child */
	char variable[sizeof "CARO_SHIM_LINEAGE=400" + LINEAGE_WORDS * LINEAGE_WORD];
};

struct call {
	const char *tool, *cwd;
	char *const *argv;
	bool by_path;  /* the caller gave the shim's own path */
	bool in_place; /* the process was started by a shim */
};

void read_lineage(struct lineage *lineage, const struct call *call);

#endif
