#ifndef CARO_AFTER_FORK_H
#define CARO_AFTER_FORK_H

#include "lib/process/spawn_wait.h"

/* Do what a child does between fork and exec; comes back only where exec failed, with `spawn->error` set. */
void become_program(struct spawn *spawn);
/* Asks the kernel to kill this process when `parent` dies; false: it is dead already. */
bool die_with_parent(pid_t parent);

#endif
