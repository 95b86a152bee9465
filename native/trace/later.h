/* Execs of callers whose memory may not be read, as they are not dumpable: an exec makes them so again, and then /proc
 * shows what they run. */
#ifndef CARO_TRACE_LATER_H
#define CARO_TRACE_LATER_H

#include "trace/notify_state.h"

/* Keeps `notify->now` for later. Where there is no room it is counted as unwritten. */
void read_later(struct notify *notify);
/* Records those that can be read now, those that had time enough, and in any case those of `ended` (0: none). */
void try_later(struct notify *notify, pid_t ended);
/* Returns how many milliseconds may go by until the next try. */
int patience_for_later(const struct notify *notify);

#endif
