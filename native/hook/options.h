/* What a shell says on caro-hook's command line; docs/wire.md has the table. */
#ifndef CARO_HOOK_OPTIONS_H
#define CARO_HOOK_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

enum line_source { LINE_FROM_VARIABLE, LINE_FROM_FILE, LINE_FROM_STDIN, LINE_UNKNOWN, LINE_RAN };

struct options {
	const char *command; /* preexec, postexec, ... */
	const char *shell;
	const char *session; /* NULL: none, or not a UUID */
	const char *line_file;
	enum line_source source;
	bool history_form, print_number, interrupt_shell, tell_shown, tell_secret;
	int flag;         /* printed in front of the number; -1: none */
	long shell_pid;   /* 0: not known */
	long sequence;    /* 0: not known */
	long typed_bytes; /* at the head of the text: the line as typed, before what its aliases make of it */
	long cursor;      /* characters of the line in front of it; -1: all of them */
	bool has_status;
	int status;
	int64_t duration_us;   /* -1: not known */
	int64_t breaker_until; /* seconds since the epoch; 0: closed */
};

/* True if the text is a lower-case UUID, as sessions have. */
bool is_uuid(const char *text);
/* Reads argv[1] (the command) and the options behind it. It never fails: a number that can't be read is not known, and
 * what a newer or older init file says beyond the table is passed over, for the line has to be judged all the same. */
struct options parse_options(int argc, char **argv);

#endif
