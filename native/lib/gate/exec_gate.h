/* The exec gate: whether a program may be run with these arguments, judged on what the shell has made of a line.
 *
 *   user's rules     in every mode, here
 *   compiled table   unless the mode is `off`, here: passive records, active refuses
 *   daemon           in active mode, for programs that rules name and for what is refused otherwise: a person may
 *                    have let the whole line pass
 *
 *   a shell's policy  `CARO_POLICY`: the daemon is asked about every program, and none runs where it does not answer
 *
 * The strictest counts. Everything else pays for a look at its arguments and no more. */
#ifndef CARO_EXEC_GATE_H
#define CARO_EXEC_GATE_H

#include "lib/gate/verdict.h"

#include <stdbool.h>
#include <stddef.h>

struct exec_gate {
	const struct runtime_conf *conf;
	const char *source;                                              /* of the verdict event */
	const char *session, *parent, *agent, *user, *host, *cwd, *path; /* NULL: not known */
	long pid;
	bool may_ask; /* this process stands in the foreground of a person's terminal */
};

/* True if the guard has a table for the program: the daemon alone has all of it. */
bool is_guarded_program(const struct runtime_conf *conf, const char *program);

/* What is to be done about a verdict that was found here. */
enum gate_need { GATE_PASS, GATE_RECORD, GATE_ASK };

/* The user's rules and the compiled table alone. argv[0] is the program's name, whatever it was called by. */
enum gate_need exec_gate_look(const struct exec_gate *gate, char *const *argv, struct verdict *verdict);
/* True if the whole gate (exec_gate_ask.c, which small programs leave out) refuses: it is not to be run, and
 * `verdict` says why. Records it, and asks at the terminal where that may be. */
bool exec_gate_refuses(const struct exec_gate *gate, char *const *argv, struct verdict *verdict);
/* Writes the `verdict` event. */
void exec_gate_record(const struct exec_gate *gate, char *const *argv, const struct verdict *verdict);

#endif
