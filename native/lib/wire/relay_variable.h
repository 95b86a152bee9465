/* CARO_RELAY=TOKEN:TERMINAL:SOCKET, which caro-relay puts into the environment of the shell that it runs. */
#ifndef CARO_RELAY_VARIABLE_H
#define CARO_RELAY_VARIABLE_H

#include <stdbool.h>
#include <stddef.h>

#define RELAY_VARIABLE "CARO_RELAY"

struct relay_variable {
	char token[33];
	char terminal[64];
	const char *socket; /* into the variable's own text */
};

/* Read the variable into its parts; false where `value` is NULL or is not of that form. */
bool read_relay_variable(const char *value, struct relay_variable *relay);
/* Opens the relay's terminal for writing; -1 where it does not control this process: below tmux, ssh or `script`
 * the variable is inherited, but the relay sees nothing of what is shown here, or not of this command alone. */
int open_relay_terminal(const struct relay_variable *relay);

#endif
