/* Requests through the daemon's FIFO, which cost no process (docs/wire.md, section 5). */
#ifndef CARO_BASH_FIFO_H
#define CARO_BASH_FIFO_H

#include <stdbool.h>

enum answer { ANSWER_RUNS, ANSWER_ELSE, ANSWER_NONE };

/* True if the daemon's word is all there is to a line of this shell. */
bool is_settled_by_daemon(void);

/* Tell the daemon of a line that runs whatever it would say. False where it can't be told. */
bool tell_daemon(const char *line);

/* Ask the daemon of a line. ANSWER_RUNS: it may run, and is recorded; ANSWER_ELSE: caro-hook asks; ANSWER_NONE: it does
 * so too, and no answer came in time. */
enum answer ask_daemon(const char *line);

/* Tell the daemon how the last line ended, and show what it says of that. Return what caro-hook's postexec would end with
 * (docs/wire.md, section 2); -1: that has to be called. */
int tell_end(const char *status);

#endif
