/* Which variables an exec changes: names, never values. */
#ifndef CARO_TRACE_ENVIRONMENT_H
#define CARO_TRACE_ENVIRONMENT_H

#include "trace/caller.h"

/* The names and the hashes of the values of one environment. */
struct environment;

/* Return the environment of its strings; NULL: no memory. */
struct environment *environment_of(const struct strings *strings);
void environment_free(struct environment *environment);
/* Find the names that are new, gone or changed, sorted by where they stand; they live as long as the two. `room` at
 * most; returns their number. NULL for `before` is nothing known: no names. */
size_t environment_diff(const struct environment *before, const struct environment *after, const char **names,
			size_t room);

#endif
