/* The terminal as asciicast v2 (asciinema's format), into a file that is open already: what was shown with its times,
 * sizes, and markers; secrets are hidden before anything is written (relay/secrets.h). What is typed stands in it as far
 * as the terminal shows it, so a password that is asked for without echo never does. */
#ifndef CARO_RELAY_RECORDING_H
#define CARO_RELAY_RECORDING_H

#include "relay/held.h"
#include "relay/terminal.h"

#include <sys/types.h>

struct recording {
	int fd; /* -1: nothing is recorded */
	char path[4096];
	uint64_t most, written; /* bytes */
	uint64_t began_us, looked_us;
	int rows, columns;
	const char *ended; /* why it ended before the terminal did; NULL: it did not */
	bool session_told;
};

/* "FD,BYTES,PATH"; false where it is of another form. */
bool read_recording(struct recording *recording, const char *text);
/* Write the head, of a terminal with `shell` on it. */
void start_recording(struct recording *recording, const struct terminal *terminal, pid_t shell);
/* "BYTES,PATH" of a file that isn't there yet: begin while the terminal is in use. False where it can't be made, or one
 * is being made already. */
bool begin_recording(struct recording *recording, const char *text, const struct terminal *terminal, pid_t shell);
/* Take what is shown. Nothing is written before its line has ended. */
void record_output(struct recording *recording, const char *data, size_t length);
/* The prompt is drawn, the line follows; `session` is the shell's. */
void record_prompt(struct recording *recording, const char *session, size_t length);
void record_size(struct recording *recording, const struct terminal *terminal);
/* Write what is held and close the file. False: none is being made. */
bool end_recording(struct recording *recording);
/* Say on standard error what became of it, if there was one. */
void tell_recording(const struct recording *recording);

#endif
