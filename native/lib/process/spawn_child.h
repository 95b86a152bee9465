#ifndef CARO_SPAWN_CHILD_H
#define CARO_SPAWN_CHILD_H

#include "lib/process/spawn.h"

/* Sets `spawn->pid` (-1: no fork) and `spawn->error`. One file per kind of system. */
void fork_and_exec(struct spawn *spawn);

#endif
