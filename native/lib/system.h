/* Two calls whose usual form in a C library drags much else along (malloc, all threads' signals): 10 KB in each
 * program. */
#ifndef CARO_SYSTEM_H
#define CARO_SYSTEM_H

#include <stddef.h>

/* The working folder; NULL where it is not known (deleted) or too long. */
char *current_folder(char *space, size_t size);
/* This process leaves no core file. */
void forbid_core(void);

#endif
