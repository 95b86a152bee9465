/* The real tool behind a shim: on PATH as it is now, so that a virtual environment, nvm or direnv activated later
 * wins as it would without Caro; then on ORIGINAL_PATH. */
#ifndef CARO_TOOL_SEARCH_H
#define CARO_TOOL_SEARCH_H

#include "lib/process/path_search.h"

#define PASSED_OVER_MAX 8

struct tool_search {
	struct path_search path;
	const char *lists[4]; /* still to be searched, NULL at the end */
	size_t pass_over;     /* so many different files are passed over first */
	size_t passed;
	struct file_id over[PASSED_OVER_MAX];
	bool denied, skipped_own;
	const char *file;
};

void start_tool_search(struct tool_search *search, const char *tool, const struct own_file *own, size_t pass_over);
/* Search first what stands on PATH after our own folder: for a caller that searched PATH, found us, and so did not
 * want what stands before. */
void search_after_own_folder(struct tool_search *search);
/* Put the next candidate, absolute where `cwd` is known, into `search->file`; false: no more. */
bool next_tool(struct tool_search *search, const char *cwd);

#endif
