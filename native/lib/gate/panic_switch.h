/* The panic switch: while it is on, every program of Caro only passes through. */
#ifndef CARO_PANIC_SWITCH_H
#define CARO_PANIC_SWITCH_H

#include <stdbool.h>

/* True if CARO_DISABLE is set (not empty, not "0"), or ~/.config/caro/disabled is a regular file of ours: a folder, a
 * link or another user's file there is not the switch. */
bool switched_off(void);

#endif
