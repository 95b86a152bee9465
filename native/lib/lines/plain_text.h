/* Whether a line's text can be plain: one that no rule says anything about (src/caro/plain.py). */
#ifndef CARO_PLAIN_TEXT_H
#define CARO_PLAIN_TEXT_H

#include <stdbool.h>

/* True if the line is short, has no character that a shell takes for more than itself, names nothing hidden, and begins
 * as one of the entries, between spaces: NAME, NAME/ (alone) or NAME/SECOND. */
bool is_plain_text(const char *entries, const char *text);
/* True if every character is one that a plain line may have. */
bool has_plain_characters(const char *text);

#endif
