/* Values that stand behind a name, in text that is no command. */
#ifndef CARO_REDACT_VALUE_H
#define CARO_REDACT_VALUE_H

#include "lib/redact/redact_marks.h"

/* Mark a value; `kind`: the sign before it, a blank for none. Return where it ends, 0: there is none. */
size_t mark_value(struct marks *marks, size_t at, size_t end, char kind);
/* Mark what follows a name that ends at `at`. `bare`: one word after a space is the value. `dashed`: the name is an
 * option, `-storepass:X`. Return its end, 0: there is none. */
size_t mark_named(struct marks *marks, size_t at, size_t end, bool bare, bool dashed);
/* True if the name at `at` begins a line, but not the first one of the text. */
bool begins_text_line(const char *text, size_t at);
/* True of those names that are a secret's in text alone. */
bool is_text_secret(const char *name, size_t length);

#endif
