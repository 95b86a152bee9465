/* UUID version 7 (RFC 9562): 48 bits of Unix milliseconds, 74 random bits. */
#ifndef CARO_UUID7_H
#define CARO_UUID7_H

#include <time.h>

#define UUID_TEXT 37 /* 36 characters and NUL */

void uuid7_at(const struct timespec *now, char out[UUID_TEXT]);

#endif
