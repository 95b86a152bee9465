/* The programs that take shell code behind `-c` or on standard input, as the guard in Python knows them. */
#ifndef CARO_SHELL_NAMES_H
#define CARO_SHELL_NAMES_H

#include <stdbool.h>

/* Return true if `program`, a name without folder, is a shell. */
bool is_shell_name(const char *program);

#endif
