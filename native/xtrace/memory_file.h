/* The memfd that shells append their xtrace to. */
#ifndef CARO_XTRACE_MEMORY_FILE_H
#define CARO_XTRACE_MEMORY_FILE_H

#include <stdbool.h>
#include <sys/types.h>

#define MEMORY_FILE 3 /* its descriptor in the collector: shells open /proc/PID/fd/3 */

bool memory_file_open(void);
/* In the collector: a session of its own, no terminal, nothing else open. */
void memory_file_detach(void);
/* Gives the memory of what was read back. */
void memory_file_forget(off_t from, off_t to);
/* Waits for more. False: no process has it open any more. */
bool memory_file_wait(void);

#endif
