/* One question to the daemon, in two halves, so that other work fits into the wait. */
#ifndef CARO_HOOK_EXCHANGE_H
#define CARO_HOOK_EXCHANGE_H

#include <stdbool.h>

#include "hook/line.h"
#include "hook/options.h"
#include "lib/base/runtime_conf.h"
#include "lib/base/uuid7.h"
#include "lib/wire/wire.h"

struct exchange {
	enum wire_result result;
	int fd;
	bool told; /* nobody waits for a reply */
	int64_t deadline;
	char id[UUID_TEXT];
	const char *reply; /* after end_exchange: the reply, or NULL */
};

/* Connects and sends. While the breaker is open nothing is asked and nothing is a miss. */
void begin_preexec(struct exchange *exchange, const struct options *options, const struct runtime_conf *conf,
                   const struct line *line);
/* The same of a line that runs whatever the daemon would say; there will be no reply. */
void tell_preexec(struct exchange *exchange, const struct options *options, const struct runtime_conf *conf,
                  const struct line *line);
/* What an agent is about to run (`event` before), or has run (`event` failed; `output` what it printed). */
struct agent_call {
	const char *agent, *event, *cwd, *output;
	struct line line;
	int status; /* -1: not known */
};
void begin_agent(struct exchange *exchange, const struct options *options, const struct runtime_conf *conf,
                 const struct agent_call *call);
/* postexec, session_end, fix, suggest: what has no line. */
void begin_request(struct exchange *exchange, const struct options *options, const struct runtime_conf *conf,
                   const char *type);
/* Tells what the person answered; the approval must be there before the line starts. */
void begin_answer(struct exchange *exchange, const struct options *options, const struct runtime_conf *conf,
                  bool yes);
/* Waits for the reply, where there will be one, until the deadline and closes. */
void end_exchange(struct exchange *exchange);

#endif
