/* Which shims this one runs below, so that no loop lasts.
 *
 * A wrapper in front of the real tool (ccache, a script named `git`) looks for the next `git` on PATH, finds the shim,
 * and the shim finds the wrapper: each sees nothing odd by itself. CARO_SHIM_LINEAGE carries one word for each shim
 * above: four hex digits for the tool, eight for tool, arguments and folder. The same word a third time is a loop (or a
 * recursion that knows its depth by other means); the same tool twenty times is one whatever its arguments. */
#ifndef CARO_LINEAGE_H
#define CARO_LINEAGE_H

#include <stdbool.h>
#include <stddef.h>

/* From this many identical ones above on, the candidates that these tried are passed over. */
#define LINEAGE_REPEATS 2
/* From this many on, where there is no other candidate, it is given up. */
#define LINEAGE_HOPELESS 6
#define LINEAGE_SAME_TOOL 20
#define LINEAGE_WORDS 64

struct lineage {
	size_t same_command, same_tool; /* words above that are equal */
	char variable[sizeof "CARO_SHIM_LINEAGE=" + LINEAGE_WORDS * 13]; /* "NAME=words" for the child */
};

void read_lineage(struct lineage *lineage, const char *tool, char *const *argv, const char *cwd);

#endif
