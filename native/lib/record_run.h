/* Runs a program as a child and records it: `exec_start` where it takes more than a second, `exec` at its end. */
#ifndef CARO_RECORD_RUN_H
#define CARO_RECORD_RUN_H

#include "event.h"
#include "spawn_wait.h"

struct run {
	struct event event;
	struct spawn spawn;
	const struct runtime_conf *conf;
	struct bytes *args; /* of the event: argv as typed */
};

/* Fills the event with what can be seen before the start: folder, terminal, session, agent, argv. */
void describe_run(struct run *run, const char *source, const char *command, char *const *argv_typed, const char *cwd);
/* A session or event id from the environment; NULL where it isn't set or no id. */
const char *inherited_id(const char *variable);
/* After spawn_child: waits, writes the events, gives the outcome. */
struct outcome record_run(struct run *run);
/* For a program that is about to replace this process: its end can't be known. */
void record_replaced(struct run *run);

#endif
