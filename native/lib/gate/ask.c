#include "lib/gate/ask.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/select.h>
#include <termios.h>
#include <unistd.h>

#include "lib/gate/terminal.h"
#include "lib/wire/wire.h"

#define STATUS_MS 100
#define QUIET_MS 15 /* a paste arrives in one burst; a hand does not */

static volatile sig_atomic_t interrupted;

static void note_signal(int signal_number)
{
	interrupted = signal_number;
}

/* select, not poll: on macOS poll can't wait for a terminal. */
static int readable_within(int tty, int milliseconds)
{
	int64_t deadline = wire_clock() + (int64_t)milliseconds * 1000;
	for (;;) {
		int64_t left = deadline - wire_clock();
		if (left < 0)
			left = 0;
		struct timeval wait = {.tv_sec = left / 1000000, .tv_usec = left % 1000000};
		fd_set set;
		FD_ZERO(&set);
		FD_SET(tty, &set);
		int count = select(tty + 1, &set, NULL, NULL, &wait);
		if (count >= 0)
			return count;
		if (errno != EINTR || interrupted)
			return 0;
	}
}

/* The rest of an arrow key, or of a paste: read away, so that the shell doesn't run it. Returns how much came. */
static size_t flush_burst(int tty)
{
	char rest[512];
	size_t total = 0;
	while (readable_within(tty, QUIET_MS)) {
		ssize_t count = read(tty, rest, sizeof rest);
		if (count <= 0)
			break;
		total += (size_t)count;
	}
	return total;
}

static int read_answer(int tty, const char *keys)
{
	char key = 0;
	if (!readable_within(tty, ASK_SECONDS * 1000))
		return 0;
	if (read(tty, &key, 1) != 1)
		return 0;
	/* y with more behind it at once is text meant for something else, not an answer. */
	key |= 0x20;
	return flush_burst(tty) == 0 && strchr(keys, key) ? key : 0;
}

static void echo_answer(int tty, int key)
{
	char text[] = {key ? (char)key : 'n', '\n'};
	ssize_t ignored = write(tty, text, 2);
	(void)ignored;
}

static int ask_raw(int tty, const struct termios *before, const char *question, const char *keys)
{
	struct termios raw = *before;
	raw.c_lflag &= (tcflag_t) ~(ICANON | ECHO | ECHONL | ISIG | IEXTEN);
	raw.c_cc[VMIN] = 1;
	raw.c_cc[VTIME] = 0;
	/* TCSANOW: the flushing form would throw away what the person typed ahead for the shell. */
	if (tcsetattr(tty, TCSANOW, &raw) != 0)
		return 0;
	int key = 0;
	ssize_t shown = write(tty, question, strlen(question));
	/* Looked at after the question is shown and the terminal is raw, when whole and unfinished lines count. */
	if (shown > 0 && !readable_within(tty, QUIET_MS))
		key = read_answer(tty, keys);
	key = interrupted ? 0 : key;
	echo_answer(tty, key);
	tcsetattr(tty, TCSANOW, before);
	return key;
}

int ask_key(int tty, const char *question, const char *keys)
{
	static const int ending[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP, SIGPIPE};
	enum { COUNT = sizeof ending / sizeof *ending };
	struct sigaction note = {.sa_handler = note_signal}, before[COUNT];
	struct termios terminal;
	if (tty >= FD_SETSIZE || tcgetattr(tty, &terminal) != 0)
		return 0;
	/* From the background a question would stop us (SIGTTOU) and the shell with us. */
	if (tcgetpgrp(tty) != getpgrp())
		return 0;
	interrupted = 0;
	sigemptyset(&note.sa_mask);
	for (int i = 0; i < COUNT; i++)
		sigaction(ending[i], &note, &before[i]);
	int key = ask_raw(tty, &terminal, question, keys);
	for (int i = 0; i < COUNT; i++)
		sigaction(ending[i], &before[i], NULL);
	return key;
}

bool ask_person(int tty, const struct verdict *verdict)
{
	show_verdict(tty, "", verdict);
	return ask_key(tty, "caro: run it? [y/N] ", "y");
}

bool request_status(int tty)
{
	struct termios before;
	if (tty >= FD_SETSIZE || tcgetattr(tty, &before) != 0 || tcgetpgrp(tty) != getpgrp())
		return false;
	struct termios raw = before;
	raw.c_lflag &= (tcflag_t) ~(ICANON | ECHO | ECHONL);
	raw.c_cc[VMIN] = 1;
	raw.c_cc[VTIME] = 0;
	if (tcsetattr(tty, TCSANOW, &raw) != 0)
		return false;
	/* Typed ahead: the answer would come behind it, into the middle of what is typed. Not read: it is readline's. */
	bool answered = !readable_within(tty, 0) && write(tty, "\033[5n", 4) == 4 && readable_within(tty, STATUS_MS);
	tcsetattr(tty, TCSANOW, &before);
	return answered;
}
