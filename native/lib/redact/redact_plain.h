/* What stands where a secret would and is none. */
#ifndef CARO_REDACT_PLAIN_H
#define CARO_REDACT_PLAIN_H

#include "lib/redact/redact_marks.h"

/* True of `-`, `<token>`, `"$NAME"`; after a mere name, files and one digit too. */
bool is_plain_value(const struct marks *marks, struct span span, bool named);
/* Return the end of a public key, an address or a digest that begins at `at`, 0: there is none. */
size_t find_public_end(const char *text, size_t at, size_t end);

#endif
