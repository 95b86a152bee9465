/* caro-hook's questions to the daemon. Each begin_ function connects and sends; end_exchange waits for the reply. While
 * the breaker is open nothing is asked, and nothing is a miss. */
#ifndef CARO_HOOK_REQUEST_H
#define CARO_HOOK_REQUEST_H

#include "hook/line.h"
#include "hook/options.h"
#include "lib/base/runtime_conf.h"
#include "lib/wire/request.h"

#include <stdbool.h>

/* Of a line too long for a message the beginning goes: at most six bytes of JSON a byte, and the environment. */
#define CUT_LINE_BYTES 16384

/* Asks about a line that a person typed. */
void begin_preexec(struct exchange *exchange, const struct options *options, const struct runtime_conf *conf,
		   const struct line *line);
/* Tells of a line that no rule can stop; there will be no reply. */
void tell_preexec(struct exchange *exchange, const struct options *options, const struct runtime_conf *conf,
		  const struct line *line);

/* What an agent is about to run (`event` before), or has run (`event` failed; `output` what it printed). */
struct agent_call {
	const char *agent, *event, *cwd, *output;
	struct line line;
	int status;    /* -1: not known */
	bool of_files; /* the line stands for a file tool's call */
};
void begin_agent(struct exchange *exchange, const struct options *options, const struct runtime_conf *conf,
		 const struct agent_call *call);

/* Sends a request that has no line: postexec, session_end, fix, late, suggest, status. */
void begin_request(struct exchange *exchange, const struct options *options, const struct runtime_conf *conf,
		   const char *type);
/* Asks which words may stand at the end of the line. */
void begin_complete(struct exchange *exchange, const struct options *options, const struct runtime_conf *conf,
		    const struct line *line);
/* Asks what a person may want to know of the line. */
void begin_hint(struct exchange *exchange, const struct options *options, const struct runtime_conf *conf,
		const struct line *line);
/* Tells what the person answered; the approval must be there before the line starts. */
void begin_answer(struct exchange *exchange, const struct options *options, const struct runtime_conf *conf, bool yes);

/* True while the shell's breaker is open: the daemon is told and not asked. */
bool breaker_holds(const struct options *options);

#endif
