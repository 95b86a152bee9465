/* What is on the screen: the search, the lines that were found, and what is known of the one that is chosen. */
#ifndef CARO_PICK_VIEW_H
#define CARO_PICK_VIEW_H

#include "pick/find.h"
#include "pick/screen.h"

#define QUERY_BYTES 1000

struct view {
	struct screen *screen;
	struct finding *finding;
	char query[QUERY_BYTES];
	size_t length, cursor;
	uint32_t chosen, top;
	const char *message; /* of what was done; NULL: none */
};

void draw(struct view *view);
/* Return how many lines fit. */
uint32_t rows_of_lines(const struct view *view);

#endif
