/* What all rooms bring for the words of a command. */
#ifndef CARO_REDACT_CLOSELY_H
#define CARO_REDACT_CLOSELY_H

#include "lib/base/bytes.h"
#include "lib/redact/redact_rooms.h"

extern const struct word_rooms word_rooms;

/* True if a name sounds as if it were that of a secret, or of a file or command that gives one. */
bool sounds_input(struct bytes name);
/* True if the pattern of a substitution may be that of a secret. */
bool sounds_secret(struct bytes pattern);

#endif
