/* In mode active a person asked to be asked: a line that the guard may object to is no plain one, and where the daemon
 * has not judged it in a prompt's time, it is waited for a while longer, visibly. */
#ifndef CARO_HOOK_PATIENCE_H
#define CARO_HOOK_PATIENCE_H

#include "hook/line.h"
#include "hook/options.h"
#include "lib/base/runtime_conf.h"
#include "lib/wire/request.h"

#include <stdbool.h>

enum patience {
	PATIENCE_JUDGED,     /* `exchange` has the daemon's verdict */
	PATIENCE_NO_DAEMON,  /* none listens, and none is started */
	PATIENCE_UNANSWERED, /* nobody has judged the line */
	PATIENCE_BROKEN_OFF, /* ctrl-c: the line is not to run */
};

/* True unless all the words are plain and none is a program that the guard knows. */
bool may_be_objected_to(const struct runtime_conf *conf, const struct line *line);
/* True if the daemon has answered, and has seen to all of the question. */
bool has_verdict(const struct exchange *exchange);
/* Asks again, for two seconds at most; *told becomes true where that was said at the terminal. */
enum patience ask_patiently(struct exchange *exchange, const struct options *options, struct runtime_conf *conf,
			    const struct line *line, bool *told);

#endif
