/* Starts a program without a copy of the shell: vfork(2), where bash would fork(2), which copies its page tables. */
#ifndef CARO_START_PROGRAM_H
#define CARO_START_PROGRAM_H

#include <stddef.h>

/* Run a program until it ends; return its status as a shell has it, or -1 where none could be started. Where `output` is
 * not NULL its standard error is /dev/null, and of its standard output the first `size` - 1 bytes are put there. */
int run_program(char *const *argv, char *const *env, char *output, size_t size);

#endif
