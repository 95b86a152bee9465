/* The breaker of those that have no shell to keep one: after a miss nobody asks the daemon for a while. */
#ifndef CARO_BREAKER_H
#define CARO_BREAKER_H

#include <stdbool.h>

#define BREAKER_SECONDS 30

/* True if ~/.local/state/caro/breaker is younger than that. */
bool breaker_is_open(void);
void open_breaker(void);

#endif
