/* Tools that find their own parts through argv[0]. Started with a bare name they would look for themselves on PATH,
 * find the shim, and gcc would miss cc1, python its virtual environment. These get the resolved path as argv[0];
 * all others what was typed, as argv[0] shows in their messages. */
#ifndef CARO_ARGV0_TABLE_H
#define CARO_ARGV0_TABLE_H

#include <stdbool.h>

bool wants_resolved_argv0(const char *tool);

#endif
