/* Calls whose usual form in a C library costs too much here: malloc and all threads' signals come along (10 KB in each
 * program), or two pages of the vdso are touched for a clock that is read three times. */
#ifndef CARO_SYSTEM_H
#define CARO_SYSTEM_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

/* Return the working folder; NULL where it is not known (deleted) or too long. */
char *current_folder(char *space, size_t size);
struct timespec read_clock(clockid_t clock);
/* This process leaves no core file. */
void forbid_core(void);
/* True if a seccomp filter holds for this process, as below the tracer; always false where there is none. */
bool is_filtered(void);

#endif
