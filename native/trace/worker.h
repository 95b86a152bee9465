/* The process beside the command that observes it. */
#ifndef CARO_TRACE_WORKER_H
#define CARO_TRACE_WORKER_H

#include "trace/way.h"

#include <sys/types.h>

/* Forks it. It waits on its end of `control` for what the command hands over. Returns its pid, or -1. */
pid_t worker_start(const int control[2], enum way way);

#endif
