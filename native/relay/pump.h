/* Bytes both ways between the real terminal and the pseudo terminal, until the shell or the terminal ends. */
#ifndef CARO_RELAY_PUMP_H
#define CARO_RELAY_PUMP_H

#include "lib/process/spawn_wait.h"
#include "relay/answer.h"
#include "relay/capture.h"
#include "relay/front.h"
#include "relay/grey.h"
#include "relay/recording.h"
#include "relay/terminal.h"

struct relay {
	struct terminal terminal;
	struct pty pty;
	struct capture capture;
	struct answering answering;
	struct grey grey;
	struct front front;
	struct recording recording;
	pid_t shell;
	int alive; /* reads as ended once the process that waits for us is gone */
};

/* Takes SIGCHLD, SIGWINCH, SIGCONT, SIGHUP and SIGTERM from now on; before the shell is forked. */
bool prepare_pump(void);
/* Runs until the end; how the shell ended, or would have. */
struct outcome pump(struct relay *relay);

#endif
