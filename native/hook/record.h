/* The record of a line, exactly once: docs/wire.md, section 4. */
#ifndef CARO_HOOK_RECORD_H
#define CARO_HOOK_RECORD_H

#include "hook/request.h"
#include "hook/line.h"
#include "hook/options.h"
#include "lib/gate/verdict.h"
#include "lib/base/runtime_conf.h"

#include <stdint.h>

/* Gives the waiting line its status and duration, and appends it to the log. */
void complete_last_line(const struct options *options, const struct runtime_conf *conf);
/* Lets this line wait for its end; one that does not run goes to the log at once. start_us: since the epoch. */
void record_line(const struct options *options, const struct runtime_conf *conf, const struct line *line,
		 const struct verdict *verdict, bool runs, int64_t start_us);
/* Record a verdict on an agent's call, where it is more than "go on". */
void record_agent_verdict(const struct options *options, const struct runtime_conf *conf, const struct agent_call *call,
			  const struct verdict *verdict);
/* Record a line that an agent has run. duration_ms -1: not known. */
void record_agent_line(const struct options *options, const struct runtime_conf *conf, const struct agent_call *call,
		       long duration_ms);
/* Removes the session's files. */
void forget_session(const struct options *options);
/* Makes the file, or gives it the present time. */
void touch_file(const char *path);

#endif
