/* The exec gate of a shim. What needs the daemon or a person is left to `caro-hook exec`: a process more for the few
 * that rules name, in active mode, and half the size for all others. */
#ifndef CARO_SHIM_GATE_H
#define CARO_SHIM_GATE_H

#include "lib/base/runtime_conf.h"

#include <stdbool.h>

/* True if the tool must not run; why was said. Reads the configuration. argv[0] is changed for the while. */
bool is_refused(struct runtime_conf *conf, const char *tool, char **argv, const char *cwd);

#endif
