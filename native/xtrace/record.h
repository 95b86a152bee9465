/* One record of bash's xtrace, as src/caro/trace/xtrace.bash asks for it in PS4:
 *
 *   RS... PID US SHELL US LINENO US FILE US CWD US SECONDS US PARENT US WORD WORD... LF
 *
 * RS (0x1e) is written once for each level of nesting. Bash quotes the words so that it could read them again, so a
 * record may hold line ends inside quotes. */
#ifndef CARO_XTRACE_RECORD_H
#define CARO_XTRACE_RECORD_H

#include "lib/base/bytes.h"

#include <stdbool.h>
#include <time.h>

#define RECORD_WORDS_MAX 1024

struct xtrace_record {
	long pid, lineno;
	long shell;                      /* the process that was started as a bash: a subshell has a pid of its own */
	const char *file, *cwd, *parent; /* "" where not known */
	struct timespec at;              /* 0: not known */
	struct bytes words[RECORD_WORDS_MAX];
	size_t count;
};

/* Return the length of the first record in the text, 0: it is not complete. What is no record is skipped as one. */
size_t record_length(const char *text, size_t length);
/* Reads it; the text is written over. False: it is none, or one of no interest (see is_recorded). */
bool record_read(char *text, size_t length, struct xtrace_record *out);
/* True if a builtin changes what later commands find, and so is worth an event. */
bool is_recorded(struct bytes name);

#endif
