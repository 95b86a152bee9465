/* The spans of one text that are secret, and the text without them. */
#ifndef CARO_REDACT_MARKS_H
#define CARO_REDACT_MARKS_H

#include "lib/base/buffer.h"

#include <stdbool.h>

#define MARKS_MAX 64
/* Stands in for the secret. */
#define MASK "***"

struct span {
	size_t start, end;
};

/* The parts of one text that are secret. */
struct marks {
	const char *text;
	size_t length;
	bool shell; /* it is shell text: $NAME is no secret, quotes are not part of a value */
	size_t count;
	struct span spans[MARKS_MAX];
};

/* Mark a span as a secret. `named`: only its name speaks for a secret, so plain values are let go. */
void add_mark(struct marks *marks, struct span span, bool named);
/* Appends the text without its secrets; sorts the spans. */
void add_masked(struct buffer *space, struct marks *marks);
/* True of `$NAME`, `${...}`, `$(...)`, its `$` alone, and backquotes: the secret isn't in the text. */
bool is_reference(const char *value, size_t length);

#endif
