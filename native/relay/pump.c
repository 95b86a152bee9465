#include "relay/pump.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define BUFFER_BYTES 65536
/* How long the beginning of a mark, which may be a lone ESC, is held back. */
#define HOLD_MS 20
/* How long a question about what is typed waits: whoever draws its echo runs first. */
#define ASK_MS 1
/* Asked for at once; a master gives at most a page. */
#define READ_BYTES 4096
/* A read of less has emptied the terminal's buffer. */
#define LITTLE_BYTES 1024
/* How long the last output may take to be shown once the shell has ended or stopped. */
#define LAST_OUTPUT_MS 2000
#define LAST_TURNS 1000

/* `length` bytes to be written, `held` ones behind them that may be the beginning of a mark. */
struct pipe_buffer {
	size_t start, length, held;
	char data[BUFFER_BYTES];
};

enum { TERMINAL, MASTER, SIGNALS, ALIVE, OFFERED, ASKED, FRONT = ASKED + ANSWER_POLLS, POLLS = FRONT + FRONT_POLLS };

static struct pipe_buffer shown, typed;
static int signal_pipe[2];

static void note_signal(int number)
{
	int error = errno;
	char byte = (char)number;
	ssize_t ignored = write(signal_pipe[1], &byte, 1);
	(void)ignored;
	errno = error;
}

bool prepare_pump(void)
{
	static const int taken[] = {SIGCHLD, SIGWINCH, SIGCONT, SIGHUP, SIGTERM};
	struct sigaction action = {.sa_handler = note_signal, .sa_flags = SA_RESTART};
	if (pipe(signal_pipe) != 0)
		return false;
	for (int i = 0; i < 2; i++) {
		fcntl(signal_pipe[i], F_SETFD, FD_CLOEXEC);
		fcntl(signal_pipe[i], F_SETFL, O_NONBLOCK);
	}
	for (size_t i = 0; i < sizeof taken / sizeof *taken; i++)
		sigaction(taken[i], &action, NULL);
	return true;
}

/* Writes what the other end takes; false where it is gone. */
static bool drain(struct pipe_buffer *buffer, int fd)
{
	if (!buffer->length)
		return true;
	ssize_t done = write(fd, buffer->data + buffer->start, buffer->length);
	if (done < 0)
		return errno == EAGAIN || errno == EINTR;
	buffer->length -= (size_t)done;
	buffer->start += (size_t)done;
	if (!buffer->length) {
		memmove(buffer->data, buffer->data + buffer->start, buffer->held);
		buffer->start = 0;
	}
	return true;
}

/* Behind what is to be shown; nothing is held back there while grey text stands, or before it is drawn. */
static struct buffer room_in_shown(void)
{
	size_t end = shown.start + shown.length + shown.held;
	return buffer_in(shown.data + end, shown.held ? 0 : BUFFER_BYTES - end);
}

static void draw_if_quiet(struct relay *relay)
{
	struct buffer drawing = room_in_shown();
	if (drawing.capacity >= DRAWING_MAX) {
		draw_grey(&relay->grey, &drawing);
		shown.length += drawing.length;
	}
}

static void erase_drawn(struct relay *relay)
{
	struct buffer erasing = room_in_shown();
	erase_grey(&relay->grey, &erasing);
	shown.length += erasing.length;
}

/* As many pages as are there go out in one write. False at the master's end. */
static bool read_master(struct relay *relay)
{
	size_t held;
	erase_drawn(relay);
	for (;;) {
		char *fresh = shown.data + shown.start + shown.length;
		if (fresh + shown.held + READ_BYTES > shown.data + BUFFER_BYTES)
			return true;
		ssize_t got = read(relay->pty.master, fresh + shown.held, READ_BYTES);
		if (got <= 0)
			return got < 0 && (errno == EAGAIN || errno == EINTR);
		shown.length += filter_output(&relay->capture, fresh, shown.held + (size_t)got, &held);
		shown.held = held;
		if (got < LITTLE_BYTES)
			return true; /* there is no more: asking would cost as much as the read did */
	}
}

/* What was held back did not go on as a mark. */
static void release_held(struct relay *relay)
{
	shown.length += pass_output(&relay->capture, shown.data + shown.start + shown.length, shown.held);
	shown.held = 0;
}

static bool read_terminal(struct relay *relay)
{
	ssize_t got = read(relay->terminal.fd, typed.data, BUFFER_BYTES);
	if (got <= 0)
		return got < 0 && (errno == EAGAIN || errno == EINTR);
	struct buffer erasing = room_in_shown();
	if (front_keeps_keys(&relay->front)) {
		keep_keys(&relay->front, typed.data, (size_t)got, &erasing);
		shown.length += erasing.length;
		return !shown.length || drain(&shown, relay->terminal.fd);
	}
	note_keys(&relay->front);
	typed.length = see_keys(&relay->grey, typed.data, (size_t)got, BUFFER_BYTES, &erasing);
	shown.length += erasing.length;
	if (shown.length && !drain(&shown, relay->terminal.fd))
		return false;
	return drain(&typed, relay->pty.master);
}

/* A job in the background may print for ever: so many turns. */
static void show_last_output(struct relay *relay)
{
	struct pollfd terminal = {.fd = relay->terminal.fd, .events = POLLOUT};
	for (int turn = 0; turn < LAST_TURNS; turn++) {
		read_master(relay);
		release_held(relay);
		if (!shown.length || !drain(&shown, relay->terminal.fd) || poll(&terminal, 1, LAST_OUTPUT_MS) <= 0)
			return;
	}
}

/* Our own process group stops, as the shell did (`suspend`), if somebody above can wake it. */
static void stop_with_shell(struct relay *relay)
{
	if (getsid(0) != getpgrp()) {
		show_last_output(relay); /* what it printed first is not to come after it goes on */
		restore_terminal(&relay->terminal);
		kill(0, SIGSTOP);
		make_raw(&relay->terminal);
		copy_size(&relay->terminal, relay->pty.master);
		record_size(&relay->recording, &relay->terminal);
	}
	kill(relay->shell, SIGCONT);
}

/* Whether the shell has ended, and how. */
static bool has_ended(struct relay *relay, struct outcome *outcome)
{
	int status;
	while (waitpid(relay->shell, &status, WNOHANG | WUNTRACED) == relay->shell) {
		if (WIFSTOPPED(status)) {
			stop_with_shell(relay);
			continue;
		}
		outcome->signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
		outcome->exit_code = outcome->signal ? -1 : WEXITSTATUS(status);
		return true;
	}
	return false;
}

/* What closing a terminal's window does: the shell's session gets SIGHUP. */
static bool hang_up(struct relay *relay, struct outcome *outcome, int signal)
{
	kill(relay->shell, SIGHUP);
	kill(relay->shell, SIGCONT);
	*outcome = (struct outcome){.exit_code = -1, .signal = signal};
	return true;
}

static void take_size(struct relay *relay)
{
	struct buffer erasing = room_in_shown();
	/* The shell would draw its prompt anew, which the front has on the screen: the next line brings the size. */
	if (front_owns_terminal(&relay->front))
		return;
	resize_grey(&relay->grey, &erasing);
	shown.length += erasing.length;
	drain(&shown, relay->terminal.fd);
	copy_size(&relay->terminal, relay->pty.master);
	record_size(&relay->recording, &relay->terminal);
}

static bool take_signals(struct relay *relay, struct outcome *outcome)
{
	char numbers[64];
	ssize_t count = read(signal_pipe[0], numbers, sizeof numbers);
	for (ssize_t i = 0; i < count; i++) {
		if (numbers[i] == SIGHUP || numbers[i] == SIGTERM)
			return hang_up(relay, outcome, numbers[i]);
		if (numbers[i] == SIGCHLD && has_ended(relay, outcome))
			return true;
		if (numbers[i] == SIGCONT)
			make_raw(&relay->terminal);
		if (numbers[i] == SIGCONT || numbers[i] == SIGWINCH)
			take_size(relay);
	}
	return false;
}

static void fill_polls(const struct relay *relay, struct pollfd *polls)
{
	polls[TERMINAL] = (struct pollfd){.fd = relay->terminal.fd};
	bool reads = !typed.length && !relay->front.keys.length && !front_owns_terminal(&relay->front) &&
		     !front_holds_keys(&relay->front);
	bool writes = typed.length || relay->front.keys.length;
	polls[TERMINAL].events = (short)((reads ? POLLIN : 0) | (shown.length ? POLLOUT : 0));
	polls[MASTER] = (struct pollfd){.fd = relay->pty.master};
	polls[MASTER].events =
		(short)((shown.length || front_is_full(&relay->front) ? 0 : POLLIN) | (writes ? POLLOUT : 0));
	polls[SIGNALS] = (struct pollfd){.fd = signal_pipe[0], .events = POLLIN};
	polls[ALIVE] = (struct pollfd){.fd = relay->alive, .events = POLLIN};
	poll_grey(&relay->grey, polls + OFFERED);
	poll_answering(&relay->answering, polls + ASKED);
	poll_front(&relay->front, polls + FRONT);
}

/* What the daemon offers for what is typed; and where all is shown, what of it fits. */
static void take_offered(struct relay *relay, const struct pollfd *poll)
{
	struct buffer erasing = room_in_shown();
	take_answer(&relay->grey, poll, &erasing);
	shown.length += erasing.length;
	draw_if_quiet(relay);
}

/* One turn of bytes; false where the terminal is gone. A master that hangs up is the shell's end, which SIGCHLD tells:
 * until then there may be nobody at the slave for a moment. */
static bool copy_bytes(struct relay *relay, const struct pollfd *polls, bool *quiet)
{
	if (polls[MASTER].revents & POLLIN)
		read_master(relay);
	take_offered(relay, polls + OFFERED);
	*quiet = (polls[MASTER].revents & (POLLHUP | POLLERR)) && !(polls[MASTER].revents & POLLIN);
	if (shown.length && !drain(&shown, relay->terminal.fd))
		return false;
	if (typed.length && (polls[MASTER].revents & POLLOUT))
		drain(&typed, relay->pty.master);
	if (!typed.length && relay->front.keys.length)
		write_bytes(&relay->front.keys, relay->pty.master);
	if (polls[TERMINAL].revents & (POLLIN | POLLHUP | POLLERR)) {
		if (!(polls[TERMINAL].revents & (POLLHUP | POLLERR)) &&
		    (front_owns_terminal(&relay->front) || front_holds_keys(&relay->front) || relay->front.keys.length))
			return true;
		if (typed.length)
			return !(polls[TERMINAL].revents & (POLLHUP | POLLERR));
		return read_terminal(relay);
	}
	return true;
}

/* The front has died over the prompt: the shell's own line editor is behind it, and takes its place. */
static void replace_front(struct relay *relay)
{
	static const char said[] =
		"\033[?2004l\033[?25h\033[m\r\n\033[J"
		"caro repl: the line editor has ended; your shell goes on with its own\r\n\033[?2004h";
	struct buffer showing = room_in_shown();
	make_raw(&relay->terminal);
	copy_size(&relay->terminal, relay->pty.master);
	add_text(&showing, said);
	add_bytes(&showing, relay->front.prompt.data + relay->front.prompt.start, relay->front.text);
	shown.length += showing.length;
}

static void serve(struct relay *relay, const struct pollfd *polls)
{
	if (!serve_front(&relay->front, polls, !shown.length && !shown.held))
		replace_front(relay);
}

static int patience(const struct relay *relay, bool quiet)
{
	int front = front_patience(&relay->front);
	/* What is held comes first: a mark in pieces would be taken for text after the front's shorter while. */
	return shown.held ? HOLD_MS : relay->grey.wants ? ASK_MS : front >= 0 ? front : quiet ? 100 : -1;
}

struct outcome pump(struct relay *relay)
{
	struct outcome outcome = {0};
	struct pollfd polls[POLLS];
	bool quiet = false;
	for (;;) {
		fill_polls(relay, polls);
		if (quiet)
			polls[MASTER].fd = -1;
		int ready = poll(polls, POLLS, patience(relay, quiet));
		if (ready < 0 && errno != EINTR)
			break;
		if (ready < 0)
			continue;
		if (ready == 0 && relay->grey.wants && !shown.held) {
			ask_grey(&relay->grey);
			continue;
		}
		if (ready == 0)
			release_held(relay);
		if (polls[SIGNALS].revents && take_signals(relay, &outcome))
			break;
		if (polls[ALIVE].revents)
			kill_front(&relay->front);
		if (polls[ALIVE].revents || !copy_bytes(relay, polls, &quiet)) {
			hang_up(relay, &outcome, SIGHUP);
			break;
		}
		answer(&relay->answering, polls + ASKED, &relay->capture);
		serve(relay, polls + FRONT);
	}
	end_front(&relay->front);
	if (outcome.signal == 0 || outcome.exit_code >= 0 || outcome.signal != SIGHUP)
		show_last_output(relay);
	return outcome;
}
