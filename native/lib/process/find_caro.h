/* Where Caro's Python part is. */
#ifndef CARO_FIND_CARO_H
#define CARO_FIND_CARO_H

#include <stdbool.h>
#include <stddef.h>

/* Write the program that has Caro's commands: the interpreter that installation noted (`*interpreter`: it is called
 * with `-m caro`), else the first `caro` on PATH. False: there is none. */
bool find_caro(char *program, size_t size, bool *interpreter);

#endif
