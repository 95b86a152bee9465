/* What a process's first three descriptors are, by which pipes join processes. */
#ifndef CARO_TRACE_JOINED_H
#define CARO_TRACE_JOINED_H

#include <stdbool.h>
#include <sys/types.h>

#define JOINED_MAX 192

/* Put "0=pipe:DEV:INO 2=file:DEV:INO" into `text`: pipe, socket or file, the device and the inode (stat(2)) in decimal;
 * terminals and other devices are left out. `pidfd`: of the process, -1: /proc has to do. `*tty`: descriptor 0 is a
 * terminal. */
void read_joined(pid_t pid, int pidfd, char text[JOINED_MAX], bool *tty);

#endif
