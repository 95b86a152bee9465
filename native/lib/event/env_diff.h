/* Names of the variables in which a program's environment differs from that of the program that starts it. */
#ifndef CARO_ENV_DIFF_H
#define CARO_ENV_DIFF_H

#include "lib/event/event.h"

#include <sys/types.h>

/* Compare `now` with what process `pid` was started with; items NULL where that can't be read. Caro's own are left
 * out. */
struct names env_diff(pid_t pid, char *const *now);

#endif
