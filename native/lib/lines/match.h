/* How well a line matches what somebody searches it by: each word of the search is a term that has to be in the line,
 * as a part of it or as the initials of its words; a term that no line has may be spread over it. Capital letters count
 * where a term has one. */
#ifndef CARO_MATCH_H
#define CARO_MATCH_H

#include "lib/base/bytes.h"

#include <stdbool.h>
#include <stdint.h>

#define TERMS_MAX 16
#define TERM_BYTES 256
#define MATCH_BEST 1000 /* points of a term that is a whole word at a line's start */

struct term {
	char text[TERM_BYTES]; /* in small letters unless `exact` */
	size_t length;
	uint64_t mask;
	bool exact, fuzzy;
	bool seen; /* a line has it: the caller's note */
};

struct search {
	struct term terms[TERMS_MAX];
	size_t count;
	uint64_t mask; /* of all terms */
};

/* Read the terms of a text; what is too long or too much is left out. */
void read_search(struct search *search, struct bytes text);
/* Return the points of a term, 1 to MATCH_BEST; 0: it does not match. */
int match_term(const struct term *term, struct bytes text);
/* Return the mean of the terms' points; 0: one does not match. Without terms every line is as good: 1. */
int match_line(const struct search *search, struct bytes text);
/* Set bit i of `marks` (of `room` bytes) where byte i of the text is of a match. */
void mark_matches(const struct search *search, struct bytes text, unsigned char *marks, size_t room);

#endif
