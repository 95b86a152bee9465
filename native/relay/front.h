/* An editor in front of the shell (`caro repl`): a process that owns the terminal while the shell waits for a line, and
 * hands each line over. It talks with us over a socket; the shell's side stands in src/caro/repl/receive.*.
 *
 * Marks, printed by the shell at its prompt, each ESC ] 697 ; TOKEN ; ... BEL; TOKEN (32 hex digits) is this session's,
 * and only the shell itself knows it:
 *   E;K;FLAGS;STATUS;PIPESTATUS;SESSION;FOLDER
 *                                        a line has ended, a prompt comes; K moves with each. FLAGS are words between
 *                                        colons: `emacs` or `vi`: the shell's own line editor is on, without which no
 *                                        line can be handed over; `draws`: it draws something behind the prompt too
 *   2;FLAGS                              a prompt for the rest of a line that is not complete comes
 *   A, B                                 the prompt's text begins, ends
 *   H, S                                 what the shell's editor draws from here on is hidden, is shown
 *   C                                    a line runs
 * An E counts where K moved and the shell is the terminal's foreground group: whatever a program prints is text.
 *
 * Messages are a letter, four bytes of length (little endian) and so many bytes:
 *   to the front    H FOLDER   once: where the pipes are, and the shell's process id, after a newline
 *                   E FIELDS   a line has ended (what the mark said); `2` the same for the rest of a line
 *                   X BYTES    what takes the prompt off the screen that the shell itself has drawn there
 *                   T BYTES    keys that were typed at it before the front could draw
 *                   Q TEXT     its prompt: the terminal is the front's from here on
 *                   O BYTES    what something in the background prints meanwhile
 *                   R BYTES    what the shell answers (records that end in NUL)
 *                   C          a line runs; the terminal is ours
 *                   B          the line that it handed over begins to run
 *                   N          the shell waits for a line, but none can be handed over: its line editor is off
 *   from the front  F          it can draw: until then a prompt is shown as the shell draws it, and keys are kept
 *                   L LINE     hand it over; the terminal is ours again
 *                   P BYTES    keys that end the editing instead of a line (^C, ^D); the terminal is ours again
 *                   K BYTES    keys for whoever reads them: typed behind the line
 *                   S CODE     a question to the shell, which stays at its prompt: code, whose output it answers
 *                   A          the line was given back: the terminal is the front's once more, and what was typed behind
 *                              it, if the shell has not got that yet
 *
 * A line goes through a named pipe in a folder that is ours alone, as `K:LINE NUL`; a private key makes the shell
 * read it into its own line editor and accept it. No descriptor of ours is ever open in the shell. */
#ifndef CARO_RELAY_FRONT_H
#define CARO_RELAY_FRONT_H

#include "lib/base/buffer.h"
#include "relay/bytes.h"
#include "relay/capture.h"
#include "relay/terminal.h"

#include <poll.h>

#define FRONT_VARIABLE "CARO_REPL" /* TOKEN, in the shell's environment */
#define FRONT_POLLS 3

enum front_state {
	RUNS,    /* a line runs, or no prompt came yet: all bytes pass */
	PROMPTS, /* the prompt's text is on its way */
	SETTLES, /* keys were typed meanwhile: the shell may be running them */
	TAKES,   /* the shell gives what it has of an unfinished line */
	READY,   /* the front is told as soon as all is shown */
	EDITS,   /* the terminal is the front's */
	HANDED,  /* the line is on its way, the shell's editor draws it: nobody shall see that */
	ECHOED   /* it is drawn; what comes is for the person: history expansion, a syntax error */
};

struct front {
	int fd; /* -1: there is none, or it is gone */
	const char *folder;
	const struct pty *pty;
	const struct terminal *terminal;
	pid_t shell;
	pid_t process;      /* of the front itself */
	int lines, answers; /* the named pipes */
	enum front_state state;
	bool awake;    /* it can draw */
	bool fresh;    /* a mark was accepted, its prompt has not begun */
	bool redrawn;  /* the shell draws its prompt once more */
	bool asked;    /* the shell deals with a question, and what it draws then is hidden */
	bool answered; /* the shell has given what it had */
	bool drawn;    /* its prompt once more, since it was asked */
	bool kept;     /* what was drawn there besides is shown */
	bool own;      /* the line that the shell prints names its side, and is hidden */
	bool returned; /* the line was given back, and what the shell draws of it is hidden */
	bool draws;    /* the shell draws behind its prompt too */
	bool typed;    /* keys went to the shell since the last mark */
	bool shown;    /* the prompt is on the screen too: what was typed may run behind it */
	bool quiet;    /* a key was kept that is no text: none is shown from there on */
	bool told;     /* that no line can be handed over */
	bool holds; /* keys wait until the shell's line editor has let the terminal go: they are for what the line runs */
	bool resized;  /* the line's key waits until the shell has drawn for the window's new size */
	bool passed;   /* what ended the editing was keys for the shell, which has drawn no prompt since */
	int64_t again; /* when they are sent once more; 0: they wait for the shell to wait for keys */
	int64_t until; /* how long an answer is waited for */
	int tries;     /* how often it was asked for what was typed */
	int calm;      /* how often it was found waiting */
	int64_t rests; /* from then on keys that were typed have come through the terminal, and can be seen as unread */
	int noise;     /* pieces of output meanwhile */
	char record;   /* the first letter of the answer that is being read; NUL: none */
	size_t match;  /* bytes of the end of the shell's echo that were seen */
	size_t text;   /* where the prompt's text ends in `prompt`; behind it the shell's echo of what was typed */
	char counter[24];
	char mark[FRONT_MARK_MAX];
	size_t mark_length;
	struct bytes prompt, renewed, out, in, line, keys, later, meanwhile, row, ahead, ending;
};

/* Make the named pipes in `folder`; false where that can't be. */
bool start_front(struct front *front, int fd, const char *folder);
void remove_pipes(const char *folder);
void greet_front(struct front *front);
/* Close the socket and wait until the front is gone from the terminal, a second at most. */
void end_front(struct front *front);
/* Have it do nothing more: the terminal is somebody else's already, whose settings it would change. */
void kill_front(struct front *front);

/* What the shell prints, in order (struct watcher). */
size_t divert_output(struct front *front, char *data, size_t length);
void see_front_mark(struct front *front, const char *text, size_t length);

/* True while the terminal is not ours to read or write. */
bool front_owns_terminal(const struct front *front);
/* True while what is typed has to wait in the terminal. */
bool front_holds_keys(const struct front *front);
/* True while what is typed is kept for the front, which is not there yet. */
bool front_keeps_keys(const struct front *front);
/* Keys go to the shell as they are. */
void note_keys(struct front *front);
/* Keep them; what is plain text is shown meanwhile. */
void keep_keys(struct front *front, const char *keys, size_t length, struct buffer *echo);
/* True if the front is behind with what it is sent: the shell has to wait. */
bool front_is_full(const struct front *front);
/* How long to wait for anything else, in milliseconds; -1: for ever. */
int front_patience(const struct front *front);
void poll_front(const struct front *front, struct pollfd *polls);
/* Take what is there. Returns false once, where the front is gone in the middle of its work: `front->prompt` is to be
 * shown, and all bytes pass from then on. */
bool serve_front(struct front *front, const struct pollfd *polls, bool all_shown);

#endif
