/* Finds programs on a PATH as execvp(3) does: regular files with an execute bit; an empty element is the current
 * folder. Caro's own files and folder are passed over. */
#ifndef CARO_PATH_SEARCH_H
#define CARO_PATH_SEARCH_H

#include "lib/process/own_file.h"

struct path_search {
	const char *name;
	const struct own_file *own; /* passed over: this file, its folder, every shim; NULL: nothing is */
	const char *rest;           /* what of PATH was not looked at; NULL: all was */
	bool denied;                /* there was one that may not be executed: 126 and not 127 at the end */
	bool skipped_own;           /* there was one of our own */
	char *path;                 /* of the candidate; NULL: no memory */
	size_t path_size;
	struct file_id id; /* of the candidate */
};

/* What execvp searches where there is no PATH. */
#define DEFAULT_PATH "/usr/local/bin:/bin:/usr/bin"

void start_search(struct path_search *search, const char *name, const char *path_list, const struct own_file *own);
/* Put the next candidate into `path` and `id`; false: no more. */
bool next_candidate(struct path_search *search);

#endif
