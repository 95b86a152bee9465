/* What is a secret by itself, wherever it stands. */
#ifndef CARO_REDACT_SCAN_H
#define CARO_REDACT_SCAN_H

#include "lib/redact/redact_marks.h"

/* Nobody's URL or token is longer; the bound keeps hostile text from costing time squared. */
#define FAR 8192

/* Find the inside of the quotes that open at `at`; an escaped quote closes at an escaped one. */
bool quoted_span(const char *text, size_t at, size_t end, struct span *inside);
void scan_word(struct marks *marks, size_t start, size_t end);
/* Mark the secrets of a part. `loose`: a name in front of "=" says nothing there. */
void scan_part(struct marks *marks, size_t start, size_t end, bool loose);
/* Returns where the header ends. */
size_t mark_header(struct marks *marks, size_t first, size_t colon, size_t end, bool alone);

#endif
