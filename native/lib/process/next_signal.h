/* Signals as values: all are blocked, and taken one by one. */
#ifndef CARO_NEXT_SIGNAL_H
#define CARO_NEXT_SIGNAL_H

#include <signal.h>
#include <stdbool.h>
#include <time.h>

/* Blocks every signal, the C library's own too, and tells what was blocked before. */
void hold_signals(sigset_t *inherited);
/* Sets the mask. Async-signal-safe. */
void release_signals(const sigset_t *mask);
/* Unblocks one. */
void release_signal(int number);
/* Take the signals from now on. To be called once, after fork (a handler that the portable way sets must not be seen
 * by the child). */
void prepare_signals(void);
/* Waits for a signal, which is then gone; gives its number, or 0 after `timeout` (NULL: none). */
int next_signal(siginfo_t *info, const struct timespec *timeout);
/* Takes `number` where it is pending. */
bool take_signal(int number);

#endif
