/* What a shell says on caro-hook's command line; docs/wire.md has the table. */
#ifndef CARO_HOOK_OPTIONS_H
#define CARO_HOOK_OPTIONS_H

#include <stdint.h>

enum line_source { LINE_FROM_VARIABLE, LINE_FROM_FILE, LINE_FROM_STDIN, LINE_UNKNOWN };

struct options {
	const char *command; /* preexec, postexec, ... */
	const char *shell;
	const char *session; /* NULL: none, or not a UUID */
	const char *line_file;
	enum line_source source;
	int history_form, print_number, interrupt_shell, tell_shown;
	int flag; /* printed in front of the number; -1: none */
	long shell_pid, sequence;
	int has_status, status;
	int64_t duration_us; /* -1: not known */
	int64_t breaker_until; /* seconds since the epoch */
};

/* Whether the text is a lower-case UUID, as sessions have. */
int is_uuid(const char *text);
/* Returns 0, or -1 on a usage error. */
int parse_options(int argc, char **argv, struct options *options);

#endif
