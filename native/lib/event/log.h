/* The log: JSON Lines, one O_APPEND write a line. Opened by name for each event, so that whoever rotates it by
 * rename loses no line of the writers at work. */
#ifndef CARO_LOG_H
#define CARO_LOG_H

#include "lib/base/buffer.h"
#include "lib/base/runtime_conf.h"
#include "lib/base/xdg.h"

#include <stdbool.h>

/* Return $TRACE_LOG_FILE, else $TRACE_SHELL, else `log_file` of the configuration, else ~/.trace_shell.jsonl; NULL
 * where there is no HOME either. `space` may hold the answer. */
const char *log_path(const struct runtime_conf *conf, char space[PATH_SPACE]);
/* Appends a whole line, "\n" included. What can't be written is counted in the state folder's `unwritten`, one
 * byte each; nobody is told here, as nothing may come between a command and its output. */
bool append_line(const char *path, const struct buffer *line);
void count_unwritten(void);
/* To be set by a process that ignores SIGPIPE and SIGXFSZ for good: then they need not be ignored for each line. */
extern bool log_signals_ignored;

#endif
