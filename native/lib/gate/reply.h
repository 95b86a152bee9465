/* The daemon's reply to a question, as a verdict (docs/wire.md, section 2). */
#ifndef CARO_REPLY_H
#define CARO_REPLY_H

#include "lib/gate/verdict.h"

/* Read the daemon's reply into `verdict`. One without an action that is known sets `partial`: nobody has judged. */
void read_verdict(const char *reply, struct verdict *verdict);

#endif
