/* The fields of an event in the order in which they are written: T is a text, N a number (absent: -1), X one with a
 * writer of its own in event.c. A field more stands here and in src/caro/model.py, and in tests/vectors/event.jsonl. */
#ifndef CARO_EVENT_FIELDS_H
#define CARO_EVENT_FIELDS_H

#define EVENT_WHO(T, N, X) T(session_id) T(parent_id) T(line_id) T(command)
/* Here stand argv, path and text. */
#define EVENT_WHERE(T, N, X) T(file) N(lineno, long) T(cwd) N(pid, long) N(ppid, long) T(user) T(host) T(platform)
/* Known at the end alone: finish_draft() puts them here. */
#define EVENT_RESULT(T, N, X) N(exit_code, int) N(signal, int) X(duration) T(replaced_by) N(stderr_bytes, int64_t)
#define EVENT_CONTEXT(T, N, X) T(mode) X(tty) T(agent) X(env_diff) T(level) N(score, int) T(action) X(rules)
/* Here stand the notes on argv. */
#define EVENT_LAST(T, N, X) T(interpreter)

#define EVENT_FIELDS(T, N, X)                                                                                          \
	EVENT_WHO(T, N, X) EVENT_WHERE(T, N, X) EVENT_RESULT(T, N, X) EVENT_CONTEXT(T, N, X) EVENT_LAST(T, N, X)

#endif
