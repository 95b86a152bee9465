/* Whether a shell waits for keys. */
#ifndef CARO_RELAY_WAITING_H
#define CARO_RELAY_WAITING_H

#include "relay/terminal.h"

/* True if the shell sleeps in its line editor and has read all keys that were sent to it. Between the Enter key and the
 * line that it runs no shell does: it gives the terminal its usual settings back first. */
bool waits_for_keys(const struct pty *pty, pid_t shell);

#endif
