/* What the last two commands printed: the bytes between two marks, the last 64 KiB of each, in memory alone. Two, since
 * who asks for the last one's is mostly a command itself.
 *
 * A mark is OSC 133 (FinalTerm's shell integration) with a parameter of ours:
 *   ESC ] 133 ; C ; caro=TOKEN.TAG BEL     output begins
 *   ESC ] 133 ; D ; caro=TOKEN.TAG BEL     output ends
 * A, B and O in the same form are a prompt's, for grey text (relay/grey.h). TOKEN is this relay's, 32 hex digits; TAG is
 * hex digits, dots and hyphens. Marks with our token are taken out of the stream; every other byte passes, the marks of
 * other tools too. */
#ifndef CARO_RELAY_CAPTURE_H
#define CARO_RELAY_CAPTURE_H

#include <stdbool.h>
#include <stddef.h>

#define CAPTURE_BYTES 65536
#define TOKEN_DIGITS 32
#define TAG_MAX 40
#define MARK_PREFIX_BYTES (sizeof "\033]133;C;caro=" - 1 + TOKEN_DIGITS + 1)
/* The most that a mark, which may turn out to be none, holds back. */
#define MARK_MAX (MARK_PREFIX_BYTES + TAG_MAX + 1)

/* A mark for an editor in front of the shell (relay/front.h): ESC ] 697 ; TOKEN ; TEXT BEL. */
#define FRONT_PREFIX_BYTES (sizeof "\033]697;" - 1 + TOKEN_DIGITS + 1)
#define FRONT_MARK_MAX 8192

/* Who follows what is shown: its bytes, and a prompt's marks between them. */
struct watcher {
	void (*output)(void *self, const char *data, size_t length);
	void (*mark)(void *self, char kind, const char *tag, size_t length);
	/* How many bytes, from the first, are not to be shown; 0: all are. NULL: there is no front. */
	size_t (*divert)(void *self, char *data, size_t length);
	void (*front_mark)(void *self, const char *text, size_t length);
	void *self;
};

/* What one command printed. */
struct printed {
	char tag[TAG_MAX + 1]; /* of the command; "": none yet */
	size_t total;          /* bytes since the mark; the ring has the last CAPTURE_BYTES of them */
	char ring[CAPTURE_BYTES];
};

struct capture {
	struct watcher watcher; /* may be empty */
	char prefix[MARK_PREFIX_BYTES];
	char front_prefix[FRONT_PREFIX_BYTES]; /* where there is a front */
	bool open;                             /* the last command has not ended */
	struct printed last, before;
};

void start_capture(struct capture *capture, const char token[TOKEN_DIGITS]);
/* The marks with this token are the front's. */
void expect_front(struct capture *capture, const char token[TOKEN_DIGITS]);
/* Takes the marks out of `data`, in place. Returns the length of what is to be shown; behind it stand `held` bytes,
 * less than FRONT_MARK_MAX, which may be the beginning of a mark: they come again, at the head of the next call's `data`. */
size_t filter_output(struct capture *capture, char *data, size_t length, size_t *held);
/* Takes held bytes that are no mark, in place; returns how many of them are to be shown. */
size_t pass_output(struct capture *capture, char *data, size_t length);
/* Copies the kept bytes, oldest first, to `out` (CAPTURE_BYTES); returns their number. */
size_t copy_printed(const struct printed *printed, char *out);

#endif
