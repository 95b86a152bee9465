/* What looks like a secret, and the words that hint at one. */
#ifndef CARO_REDACT_LOOKS_H
#define CARO_REDACT_LOOKS_H

#include "lib/redact/redact_marks.h"

#define NEAR_WORDS 5
/* Characters between a hint and what it hints at. */
#define NEAR_CHARS 100

/* True of `hunter123`, `k3J9xq` and longer; not of words, versions, dates, short hashes and git's long ones. */
bool looks_random(const char *text, size_t start, size_t end);
/* True of what nobody types: 20 characters of all three kinds, or 16 capitals and digits, well mixed. */
bool is_token(const char *text, size_t start, size_t end);
/* Return where the extension of a file's name begins, 0: it has none. */
size_t extension_of(const char *text, size_t start, size_t end);
/* Mark each part of a word that looks like a secret; true if there is one. */
bool mark_random(struct marks *marks, size_t start, size_t end);

/* The words after one that hints at a secret: what looks like one is one. */
struct near {
	int words, left;
	size_t until;
};

/* Return the end of what was marked of the name at `at`, 0: nothing was. */
size_t take_near_name(struct near *near, struct marks *marks, size_t at, size_t stop, size_t end);
/* Prose: only what looks like a secret, within `words` after a hint. */
void scan_near(struct marks *marks, size_t start, size_t end, int words);

#endif
