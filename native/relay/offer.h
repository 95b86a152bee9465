/* What the daemon offers behind a line that is being typed: one question at a time over a connection that stays for the
 * line. An answer to an older question is dropped. */
#ifndef CARO_RELAY_OFFER_H
#define CARO_RELAY_OFFER_H

#include "lib/base/buffer.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Bytes; the daemon offers nothing behind more than 1000 characters. */
#define LINE_MAX_BYTES 1000
#define OFFER_MAX 4096
#define ANSWER_MAX 8192
#define HINT_MAX 512

struct offer {
	int fd;              /* -1: nobody is asked */
	unsigned number;     /* of the last question */
	int64_t try_after;   /* of wire_clock: nobody is looked for before that */
	int64_t waits_until; /* of wire_clock, while it has no answer; 0: it has one */
	char session[40];    /* "": not known */
	const char *shell;   /* its name */
	unsigned pause_ms;   /* after which a hint is wanted; 0: none is */
	char asked[LINE_MAX_BYTES + 1];
	char rest[OFFER_MAX]; /* of the last answer: what may stand behind `asked`, "" for nothing */
	bool whole;           /* it is a whole line, not its next word */
	bool partial;         /* the daemon still read its history */
	char hint[HINT_MAX];  /* what came later about `asked`: "" for nothing yet, or nothing to say */
	size_t length;
	char answer[ANSWER_MAX];
};

/* Connect where nothing is yet; never waits. */
void open_offers(struct offer *offer);
void close_offers(struct offer *offer);
/* Ask what to offer behind `line` for the shell in the folder of process `shell`; where nobody is connected, a daemon
 * is looked for once a second. */
void ask_offer(struct offer *offer, const char *line, pid_t shell);
/* True if an answer is still to come. An empty line is asked about to wake the daemon, and not waited for. */
bool waits_for_offer(const struct offer *offer);
/* What has come of answers to the last question. */
enum { NO_ANSWER = 0, OFFERED_NOW = 1, HINTED_NOW = 2 };
/* Take what has come, as bits of those. Closes where the daemon has gone. */
int take_offer(struct offer *offer);

#endif
