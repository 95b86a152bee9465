/* Who asks for the last command's output: the daemon, over a Unix socket in a folder that is ours alone.
 *
 * One question a connection, "TAG\n". The answer, once the command's end was seen: "1 TOTAL\n" and the last bytes of
 * its output, at most CAPTURE_BYTES; or "0\n" where the output of that command is not here (any more). "record
 * BYTES,PATH\n" and "record\n" begin and end a recording of the terminal; the answer is "1\n", or "0\n" where that
 * can't be. */
#ifndef CARO_RELAY_ANSWER_H
#define CARO_RELAY_ANSWER_H

#include "relay/capture.h"

#include <poll.h>

#define ASKERS_MAX 4
#define QUESTION_MAX 4200
#define ANSWER_POLLS (ASKERS_MAX + 1)

struct asker {
	int fd; /* -1: free place */
	size_t length;
	char question[QUESTION_MAX];
};

struct answering {
	int listener; /* -1: nobody can ask, everything else goes on */
	char folder[72], path[80];
	struct asker askers[ASKERS_MAX];
	/* Begins a recording, or ends it where `text` is NULL; false where it can't. */
	bool (*record)(void *self, char *text);
	void *self;
};

/* Makes the folder and the socket. */
void start_answering(struct answering *answering);
/* Fills ANSWER_POLLS places. */
void poll_answering(const struct answering *answering, struct pollfd *polls);
/* Takes what is there; to be called after each poll. */
void answer(struct answering *answering, const struct pollfd *polls, const struct capture *capture);
/* Removes what start_answering made. */
void stop_answering(struct answering *answering);

#endif
