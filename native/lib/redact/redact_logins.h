/* Names with their passwords: `ann:X`, `ann:X@host`, `?key=X`. */
#ifndef CARO_REDACT_LOGINS_H
#define CARO_REDACT_LOGINS_H

#include "lib/redact/redact_marks.h"

/* True of X in `ann:X@host`, `ann:X@tcp(` and `ann:X@host:3128`, as it is no version, tag or digest of a package; X is
 * text[first, at). */
bool is_login(const char *text, size_t first, size_t at, size_t end);
/* True of `?key=name`: a small word after a name that is seldom a password's. */
bool is_plain_query(const char *text, struct span name, size_t at, size_t end);
/* Mark X in `ann:X`, which is one word and no address. */
void mark_pair(struct marks *marks, struct span word);

#endif
