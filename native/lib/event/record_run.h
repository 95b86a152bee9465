/* Runs a program as a child and records it: `exec_start` where it takes more than a second, `exec` at its end. */
#ifndef CARO_RECORD_RUN_H
#define CARO_RECORD_RUN_H

#include "lib/event/event.h"
#include "lib/process/spawn_wait.h"

struct run {
	struct event event;
	struct spawn spawn;
	struct runtime_conf *conf; /* read while the program runs, where it wasn't before */
	struct draft draft;
	int64_t stderr_before;
	bool in_front; /* in the foreground of its terminal */
};

/* Fills the event with what has to be seen before the start: argv as typed, folder, terminal, session. */
void describe_run(struct run *run, const char *source, const char *command, char *const *typed, const char *cwd);
/* Fill in the rest, which can wait until the program runs: configuration, user, machine, agent. */
void describe_surroundings(struct run *run);
/* Writes the `session` event of a run that is about to start. */
void write_session(struct run *run);
/* Return a session or event id from the environment; NULL where it isn't set or no id. */
const char *inherited_id(const char *variable);
/* Starts `file` as `run->spawn` says (argv and envp are set by the caller): a file without a format of its own as a
 * script of /bin/sh, as execvp does; with the environment of this process where `envp` is too much for exec. 0, or
 * the errno; then `run->spawn.pid` is 0 where there was no process to be had. */
int start_run(struct run *run, const char *file);
/* Waits for the end of what was started, writes the events. */
struct outcome finish_run(struct run *run);
/* Write the event of a program that replaces this process: its end can't be known. */
void record_replaced(struct run *run, const char *file);
/* Return argv of `/bin/sh FILE ARG...`; NULL: no memory. */
char **script_argv(const char *file, char *const *argv);

#endif
