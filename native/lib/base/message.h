/* A sentence on stderr, in one write. */
#ifndef CARO_MESSAGE_H
#define CARO_MESSAGE_H

#include <stddef.h>

/* Write the parts in a row to standard error, up to a NULL, and "\n"; control characters (C0, DEL, and C1 as UTF-8
 * has it) in them show as "?". */
void say(const char *const parts[]);
/* say((const char *const[]){"caro: ", ..., NULL}) */
#define SAY(...) say((const char *const[]){"caro: ", __VA_ARGS__, NULL})
/* Return the words of an errno that exec or fork gives; strerror's table would be a quarter of a small program. */
const char *exec_error(int error);

#endif
