/* UTF-8 as RFC 3629 allows it: no surrogates, nothing overlong, nothing above U+10FFFF. */
#ifndef CARO_UTF8_H
#define CARO_UTF8_H

#include "lib/base/bytes.h"

#include <stdbool.h>

/* Return the length of the character at the start of `text`, which must not be empty. Where there is none, `*valid` is
 * false and the length is that of the longest prefix a character could have had (Unicode 3.9, U+FFFD
 * substitution of maximal subparts: the same as Python's errors="replace"). */
size_t utf8_step(struct bytes text, bool *valid);
bool utf8_valid(struct bytes text);
/* Return the length of the longest prefix of at most `limit` bytes that does not split a character. */
size_t utf8_cut(struct bytes text, size_t limit);

#endif
