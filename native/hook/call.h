/* An agent's call, as its hook gives it on standard input: one JSON object. */
#ifndef CARO_HOOK_CALL_H
#define CARO_HOOK_CALL_H

#include "lib/wire/wire.h"

#include <stdbool.h>

/* Reads the call. False where it is not one whole JSON object, or larger than 16 MiB. */
bool read_call(void);
/* Return the string at a key (`a.b`: b inside a), or NULL; "" has none. */
char *call_text(const char *key);
/* Return the first of several keys (blanks between) that has text, or NULL. */
char *first_call_text(const char *keys);
/* Return the string at an index of the array at a key, or NULL. */
char *call_element(const char *key, size_t index);
/* Return the JSON of the object around the string at a key (`a.b`: a) with another text there; NULL: no memory, or the
 * key stands in no such object. */
char *call_with_text(const char *key, const char *text);
enum wire_kind call_kind(const char *key);
long call_number(const char *key);

#endif
