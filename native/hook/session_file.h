/* The file in which a session's line waits for its end; docs/wire.md, section 4, has its format. The daemon follows
 * the same rules (src/caro/daemon/session_file.py). */
#ifndef CARO_SESSION_FILE_H
#define CARO_SESSION_FILE_H

#include "lib/base/buffer.h"
#include "lib/event/event.h"

#include <stdbool.h>

struct session_file {
	int fd; /* -1: there is no session, or nowhere to keep it */
	bool is_new;
	long sequence;       /* of the last line seen */
	const char *waiting; /* the event without its end, NULL: nothing waits */
	size_t waiting_length;
};

/* Opens and locks; `session` is a UUID. */
struct session_file open_session_file(const char *session);
/* Puts down the last line's number, and the event that waits (NULL: none). */
void put_session_file(struct session_file *file, long sequence, int64_t start_us, long pid,
		      const struct buffer *waiting);
void close_session_file(struct session_file *file);
void remove_session_files(const char *session);
/* Make the FIFO that zsh's way without a process needs, and that zsh itself can't make. */
void make_reply_fifo(const char *session);

#endif
