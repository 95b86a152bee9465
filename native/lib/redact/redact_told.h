/* Sentences and lines that tell a secret: `password is X`, `connect ann/X`, `stats auth ann:X`. */
#ifndef CARO_REDACT_TOLD_H
#define CARO_REDACT_TOLD_H

#include "lib/redact/redact_marks.h"

/* All return the end of what they marked, 0: nothing. */

/* Mark X in `password is X`, `password for ann: X`, `passphrase: X and more`, `PASSWORD FROM 'X' TO 'Y'`. */
size_t mark_told(struct marks *marks, struct span name, size_t end);
/* Mark the 4 to 12 digits of `PIN: 4823`; the name ends at `at`. */
size_t mark_digits(struct marks *marks, size_t at, size_t end);
/* Mark X in `PRAGMA key = 'X'` of SQLCipher; `PRAGMA` ends at `at`. */
size_t mark_pragma(struct marks *marks, size_t at, size_t end);
/* Mark in the lines that begin with `connect`, `auth`, `sp_password` or the name of a header. */
size_t mark_told_line(struct marks *marks, struct span name, size_t end);

/* Mark X in `${PASSWORD:-X}`. Give its end, 0: there is none. */
size_t mark_default(struct marks *marks, struct span name, size_t end);

#endif
