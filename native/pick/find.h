/* The search: lines from the newest to the oldest, in steps of a few milliseconds, the best of them kept in order. A
 * search that goes on from the one before looks at what that one found alone. */
#ifndef CARO_PICK_FIND_H
#define CARO_PICK_FIND_H

#include "lib/lines/match.h"
#include "pick/store.h"

#include <time.h>

#define BEST_MAX 1000 /* lines that are shown at most */

enum scope { SCOPE_ALL, SCOPE_FOLDER, SCOPE_SESSION, SCOPE_HOST, SCOPES };

struct found {
	uint32_t line;
	int32_t score;
};

struct finding {
	struct store *store;
	struct search search;
	char text[1024];
	const unsigned char *sets[SCOPES]; /* of lines; NULL: not made yet, or all */
	const unsigned char *here;         /* those of this folder, which come first */
	enum scope scope;
	bool failed_only;
	time_t now;
	struct found best[BEST_MAX]; /* a heap, the worst first, until it is sorted */
	uint32_t count, total, at;   /* kept; found; lines still to be looked at, or hits */
	bool done, sorted, fuzzy, narrowed;
	uint32_t *hits;
	uint32_t hit_count;
	bool hits_whole; /* they are all of `hits_text` in this scope */
	uint32_t read;
	char hits_text[1024];
};

/* Begin with a text; what is over 1,023 bytes is cut. */
void begin_find(struct finding *finding, struct bytes text);
/* Forget what was found before: the scope has changed, or a line is gone. */
void widen(struct finding *finding);
/* Go on for about `microseconds`; true at the end. */
bool find_some(struct finding *finding, long microseconds);
/* Put the best in order, best first. */
void sort_best(struct finding *finding);
/* True for a status that tells of a failure, not of a key that ended or stopped the line. */
bool has_failed(uint16_t code);
bool in_scope(const struct finding *finding, uint32_t line);

#endif
