/* The panic switch: while it is on, every program of Caro only passes through. */
#ifndef CARO_PANIC_SWITCH_H
#define CARO_PANIC_SWITCH_H

#include <stdbool.h>

/* True if CARO_DISABLE is set (not empty, not "0"), or ~/.config/caro/disabled exists. */
bool switched_off(void);

#endif
