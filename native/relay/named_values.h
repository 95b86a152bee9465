/* Values that a program prints beside or below their names: `password: x`, or `password:` and x in the next line. */
#ifndef CARO_RELAY_NAMED_VALUES_H
#define CARO_RELAY_NAMED_VALUES_H

#include "relay/held.h"

/* Hide such values of a text, of which each byte is held at its `origin`. What a line names and its end does not tell
 * is waited for in the next text. */
void hide_named_values(struct held *held, const char *text, const uint32_t *origin, size_t length);

#endif
