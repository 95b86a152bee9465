/* The worker where there is no seccomp notification: ptrace with events only, no system call stops. */
#ifndef CARO_TRACE_PTRACE_WORKER_H
#define CARO_TRACE_PTRACE_WORKER_H

/* Seizes the command when it asks for it and serves until nothing is left of the tree. */
_Noreturn void ptrace_serve(int control);

#endif
