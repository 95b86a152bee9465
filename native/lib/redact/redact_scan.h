/* What is a secret by itself, wherever it stands. */
#ifndef CARO_REDACT_SCAN_H
#define CARO_REDACT_SCAN_H

#include "lib/redact/redact_marks.h"
#include "lib/redact/redact_rooms.h"

/* Nobody's URL or token is longer; the bound keeps hostile text from costing time squared. */
#define FAR 8192

/* Find the inside of the quotes that open at `at`; an escaped quote closes at an escaped one. */
bool quoted_span(const char *text, size_t at, size_t end, struct span *inside);
/* The same, or from there to the end of all that is glued to them: 'ab'"cd"ef. */
bool joined_span(const char *text, size_t at, size_t end, struct span *inside);
/* The end of the raw word at `at`, with its quotes. */
size_t raw_word_end(const char *text, size_t at, size_t end);

/* Find the password in Oracle's `user/password@db`. */
bool login_span(const char *text, size_t start, size_t end, struct span *password);
/* Return the characters that a class of shape_rows stands for. */
unsigned class_of(char letter);
/* Pass over the letter of `b'X'` and `N'X'`. */
size_t after_prefix(const char *text, size_t at, size_t end);
void scan_word(struct marks *marks, size_t start, size_t end);
/* Mark the secrets of a part. `loose`: a name in front of "=" says nothing there. */
void scan_part(struct marks *marks, size_t start, size_t end, bool loose);
/* Returns where the header ends. */
size_t mark_header(struct marks *marks, size_t first, size_t colon, size_t end, bool alone);

#endif
