/* The worker of notify mode: answers every exec that the filter reports and records it.
 *
 * The worker and the keeper each run in a session of their own, so no key of the terminal reaches them:
 *
 *   launcher --- parent of the command, in the terminal's foreground; has no descriptor of the tracer
 *   worker ----- holds the listener; reads the stopped callers, answers, writes the log
 *   keeper ----- holds a duplicate and sleeps on the worker's pidfd. When the worker dies, it first answers the
 *                exec that the worker had taken and not answered, then becomes the worker, with a keeper of its own
 *
 * Without a holder of the listener every exec below would fail with ENOSYS for ever. */
#ifndef CARO_TRACE_NOTIFY_H
#define CARO_TRACE_NOTIFY_H

#include <stdbool.h>

/* Serves until no process is left under the filter. `control` is the launcher's socket. Never returns. */
_Noreturn void notify_serve(int listener, int control, bool with_exit);

#endif
