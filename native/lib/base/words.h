/* Words that stand for numbers: modes, actions and the like. */
#ifndef CARO_WORDS_H
#define CARO_WORDS_H

#include <stddef.h>

/* Returns the index of the word whose text, in any case, are the first `length` bytes of `text`, else -1. */
int word_index(const char *const words[], size_t count, const char *text, size_t length);

#endif
