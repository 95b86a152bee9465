/* Caro's own service in a recorded tree: the shell that an agent's hook runs in, the daemon that the hook starts, and
 * what the daemon starts to read its `--help`. Nobody asked for these commands, so none of them is written. */
#ifndef CARO_TRACE_SERVICE_H
#define CARO_TRACE_SERVICE_H

#include "trace/record.h"
#include "trace/table.h"

/* True if the process runs a part of the service: then all below it is one too. NULL: false. */
bool runs_service(const struct process *process);
/* True if the exec itself begins one. */
bool is_service(const struct start *start);

#endif
