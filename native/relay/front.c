#include "relay/front.h"

#include "relay/height.h"
#include "relay/waiting.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/* The shell's side binds these; no terminal sends them, and none of them stops one (^S, ^Q), or signals. */
#define TAKE_LINE "\030\037l"
#define GIVE_TYPED "\030\037t"
#define TAKE_QUESTION "\030\037s"

/* What readline, zle and fish end a line with: bracketed paste is switched off. */
static const char echo_end[] = "\033[?2004l";

#define FULL_BYTES (1 << 20)
#define SETTLE_MS 1
/* How often a shell must be found waiting, with nothing drawn between: keys take a moment through the terminal. */
#define CALM_TURNS 3
#define GONE_MS 1000
/* A shell that has not answered for so long will not: it is off, or its key is bound to something else. */
#define ANSWER_TURNS 2000
#define MESSAGE_MAX (1 << 30)

enum { FROM_FRONT, TO_SHELL, FROM_SHELL };

/* -- the pipes */

static bool path_of(char *path, size_t size, const char *folder, const char *name)
{
	struct buffer to = buffer_in(path, size);
	add_text(&to, folder);
	add_text(&to, name);
	return end_text(&to);
}

static int open_pipe(const char *folder, const char *name)
{
	char path[128];
	if (!path_of(path, sizeof path, folder, name) || mkfifo(path, 0600) != 0)
		return -1;
	/* Both ways: so neither side ever waits for the other to open it. */
	return open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
}

bool start_front(struct front *front, int fd, const char *folder)
{
	front->fd = -1;
	if (!folder[0])
		return false;
	front->folder = folder;
	front->lines = open_pipe(folder, "/lines");
	front->answers = open_pipe(folder, "/answers");
	if (front->lines < 0 || front->answers < 0)
		return false;
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	fcntl(fd, F_SETFL, O_NONBLOCK);
	front->fd = fd;
	front->state = RUNS;
	return true;
}

void remove_pipes(const char *folder)
{
	static const char *const names[] = {"/lines", "/answers"};
	char path[128];
	for (int i = 0; i < 2; i++)
		if (path_of(path, sizeof path, folder, names[i]))
			unlink(path);
}

/* -- messages */

static void send_message(struct front *front, char kind, const void *data, size_t length)
{
	unsigned char head[5] = {(unsigned char)kind};
	if (front->fd < 0)
		return;
	for (int i = 0; i < 4; i++)
		head[i + 1] = (unsigned char)(length >> 8 * i);
	append_bytes(&front->out, head, sizeof head);
	append_bytes(&front->out, data, length);
}

void greet_front(struct front *front)
{
	char text[160];
	struct buffer to = buffer_in(text, sizeof text);
	if (front->fd < 0)
		return;
	add_text(&to, front->folder);
	add_char(&to, '\n');
	add_unsigned(&to, (uint64_t)front->shell);
	send_message(front, 'H', text, to.length);
}

bool front_is_full(const struct front *front)
{
	return front->fd >= 0 && front->out.length > FULL_BYTES;
}

void end_front(struct front *front)
{
	struct pollfd poll_end = {.fd = front->fd, .events = POLLIN};
	if (front->fd < 0)
		return;
	shutdown(front->fd, SHUT_WR);
	while (poll(&poll_end, 1, GONE_MS) > 0) {
		front->in.length = front->in.start = 0;
		if (!read_bytes(&front->in, front->fd))
			break;
	}
	close(front->fd);
	front->fd = -1;
}

/* -- what the shell prints */

static bool has_word(const char *flags, size_t length, const char *word)
{
	size_t size = strlen(word);
	for (size_t at = 0; at + size <= length; at++)
		if (!memcmp(flags + at, word, size) && (at == 0 || flags[at - 1] == ':') &&
		    (at + size == length || flags[at + size] == ':'))
			return true;
	return false;
}

/* The end of the field at `text`. */
static size_t field(const char *text, size_t length)
{
	const char *end = memchr(text, ';', length);
	return end ? (size_t)(end - text) : length;
}

static bool is_foreground(const struct front *front)
{
	return tcgetpgrp(front->pty->master) == front->shell;
}

static void accept_prompt(struct front *front, const char *text, size_t length, const char *flags, size_t size)
{
	bool editor = has_word(flags, size, "emacs") || has_word(flags, size, "vi");
	front->draws = has_word(flags, size, "draws");
	front->fresh = editor;
	memcpy(front->mark, text, length);
	front->mark_length = length;
	if (!editor && !front->told)
		send_message(front, 'N', NULL, 0);
	front->told = !editor;
	if (!editor)
		front->state = RUNS;
}

static void end_line(struct front *front, const char *text, size_t length)
{
	if (length < 2 || text[1] != ';')
		return;
	size_t size = field(text + 2, length - 2);
	bool moved = strlen(front->counter) != size || memcmp(front->counter, text + 2, size) != 0;
	if (size >= sizeof front->counter || !moved || !is_foreground(front))
		return;
	memcpy(front->counter, text + 2, size);
	front->counter[size] = '\0';
	size_t at = 2 + size + (2 + size < length);
	accept_prompt(front, text, length, text + at, field(text + at, length - at));
}

/* The same prompt is drawn again while the line is on its way. */
static void continue_line(struct front *front, const char *text, size_t length)
{
	if ((front->state == ECHOED || front->state == RUNS) && length > 2 && is_foreground(front))
		accept_prompt(front, text, length, text + 2, length - 2);
}

static void begin_prompt(struct front *front)
{
	if (!front->fresh) {
		front->redrawn = front->state == EDITS;
		return;
	}
	front->fresh = false;
	front->prompt.start = front->prompt.length = 0;
	front->shown = front->typed;
	front->state = PROMPTS;
}

static void release_keys(struct front *front)
{
	front->holds = false;
	append_bytes(&front->keys, front->later.data + front->later.start, front->later.length);
	drop_bytes(&front->later, front->later.length);
}

static void end_prompt(struct front *front)
{
	front->redrawn = false;
	if (front->state != PROMPTS)
		return;
	release_keys(front);
	front->text = front->prompt.length;
	front->state = front->typed || front->draws ? SETTLES : READY;
}

static void begin_line(struct front *front)
{
	if (front->state == EDITS || front->state == READY)
		send_message(front, 'C', NULL, 0);
	front->state = RUNS;
}

void see_front_mark(struct front *front, const char *text, size_t length)
{
	if (front->fd < 0 || !length)
		return;
	switch (text[0]) {
	case 'E':
		end_line(front, text, length);
		break;
	case '2':
		continue_line(front, text, length);
		break;
	case 'A':
		begin_prompt(front);
		break;
	case 'B':
		end_prompt(front);
		break;
	case 'C':
		release_keys(front);
		begin_line(front);
		break;
	case 'H':
		front->state = front->state == ECHOED ? HANDED : front->state;
		break;
	case 'S':
		release_keys(front); /* something may ask the person */
		front->state = front->state == HANDED ? ECHOED : front->state;
		break;
	default:
		break;
	}
}

/* Takes what the shell's editor draws of the line, to its end. */
static size_t hide_echo(struct front *front, const char *data, size_t length)
{
	for (size_t at = 0; at < length; at++) {
		front->match = data[at] == echo_end[front->match] ? front->match + 1 : data[at] == '\033';
		if (front->match == sizeof echo_end - 1) {
			front->match = 0;
			front->state = ECHOED;
			return at + 1;
		}
	}
	return length;
}

/* The ends of line behind it: readline's is one CR, zle's are CR CR LF. */
static size_t hide_line_end(struct front *front, const char *data, size_t length)
{
	size_t at = 0;
	while (at < length && front->match < 3 && data[at] == "\r\r\n"[front->match]) {
		front->match++;
		at++;
	}
	if (at < length)
		front->match = 3;
	return at;
}

size_t divert_output(struct front *front, const char *data, size_t length)
{
	front->calm = 0;
	if (front->fd < 0)
		return 0;
	switch (front->state) {
	case RUNS:
		return 0;
	case ECHOED:
		return hide_line_end(front, data, length);
	case HANDED:
		return hide_echo(front, data, length);
	case PROMPTS:
		append_bytes(&front->prompt, data, length);
		return front->shown ? 0 : length;
	case SETTLES:
		return front->shown ? 0 : length;
	case TAKES:
		return length;
	case READY:
	case EDITS:
		break;
	}
	if (!front->redrawn && !front->asked)
		send_message(front, 'O', data, length);
	return length;
}

/* -- what the front sends */

static void send_keys(struct front *front, const void *keys, size_t length)
{
	append_bytes(&front->keys, keys, length);
}

/* The record that the shell reads: for which prompt it is, so that none is ever taken at another one. */
static void send_record(struct front *front, const char *text, size_t length, const char *key)
{
	append_bytes(&front->line, front->counter, strlen(front->counter));
	append_bytes(&front->line, ":", 1);
	append_bytes(&front->line, text, length);
	append_bytes(&front->line, "", 1);
	send_keys(front, key, strlen(key));
}

static void leave_terminal(struct front *front)
{
	copy_size(front->terminal, front->pty->master);
	front->state = HANDED;
	front->match = 0;
	front->holds = true;
	front->typed = front->asked = front->redrawn = front->shown = false;
}

static void take_message(struct front *front, char kind, const char *text, size_t length)
{
	bool edits = front->state == EDITS || front->state == READY;
	switch (kind) {
	case 'L':
		if (!edits)
			break;
		leave_terminal(front);
		send_record(front, text, length, TAKE_LINE);
		break;
	case 'P':
		if (edits)
			leave_terminal(front);
		send_keys(front, text, length);
		break;
	case 'S':
		if (!edits)
			break;
		front->asked = true;
		front->answered = false;
		front->turns = 0;
		send_record(front, text, length, TAKE_QUESTION);
		break;
	case 'K':
		front->typed = true;
		append_bytes(&front->later, text, length);
		break;
	case 'A':
		if (front->state == HANDED || front->state == ECHOED) {
			front->state = EDITS;
			front->asked = front->answered = true;
		}
		break;
	default:
		break;
	}
}

static bool take_messages(struct front *front)
{
	while (front->in.length >= 5) {
		const unsigned char *head = (unsigned char *)front->in.data + front->in.start;
		size_t length = head[1] | (size_t)head[2] << 8 | (size_t)head[3] << 16 | (size_t)head[4] << 24;
		if (length > MESSAGE_MAX)
			return false;
		/* While the shell deals with a question what it draws is no line's echo, and the next one's answer is not its. */
		bool waits = front->asked && (head[0] == 'L' || head[0] == 'P' || head[0] == 'S');
		if (front->in.length < 5 + length || waits)
			break;
		take_message(front, (char)head[0], (const char *)head + 5, length);
		drop_bytes(&front->in, 5 + length);
	}
	return true;
}

/* -- turns */

bool front_holds_keys(const struct front *front)
{
	return front->fd >= 0 && (front->holds || front->state == TAKES || front->state == READY);
}

bool front_owns_terminal(const struct front *front)
{
	return front->fd >= 0 && front->state == EDITS;
}

int front_patience(const struct front *front)
{
	bool settles = front->state == SETTLES || front->state == TAKES || front->state == READY || front->asked ||
		       (front->holds && front->state == ECHOED);
	return front->fd >= 0 && settles ? SETTLE_MS : -1;
}

void poll_front(const struct front *front, struct pollfd *polls)
{
	bool here = front->fd >= 0;
	polls[FROM_FRONT] = (struct pollfd){.fd = front->fd, .events = POLLIN};
	if (front->out.length)
		polls[FROM_FRONT].events |= POLLOUT;
	polls[TO_SHELL] = (struct pollfd){.fd = front->line.length ? front->lines : -1, .events = POLLOUT};
	polls[FROM_SHELL] = (struct pollfd){.fd = here ? front->answers : -1, .events = POLLIN};
}

static void tell_front(struct front *front)
{
	front->state = EDITS;
	send_message(front, front->mark[0], front->mark, front->mark_length);
	send_message(front, 'Q', front->prompt.data + front->prompt.start, front->text);
}

void erase_prompt(struct front *front, struct buffer *to)
{
	if (front->state != READY || !front->shown)
		return;
	size_t rows = rows_below(front->prompt.data + front->prompt.start, front->text, columns_now(front->terminal));
	add_char(to, '\r');
	if (rows) {
		add_text(to, "\033[");
		add_unsigned(to, rows);
		add_char(to, 'A');
	}
	add_text(to, "\033[J");
	front->shown = false;
}

static void watch_echo(struct front *front)
{
	struct termios now;
	if (front->holds && front->state == ECHOED && tcgetattr(front->pty->slave, &now) == 0 && now.c_lflag & ICANON)
		release_keys(front);
}

/* A shell that waits has run what was typed; what is left of that is for the editor. */
static void settle(struct front *front, bool all_shown)
{
	if (front->state == READY && all_shown)
		tell_front(front);
	if (front_patience(front) < 0)
		return;
	if (front->keys.length || front->line.length || !waits_for_keys(front->pty, front->shell)) {
		front->calm = 0;
		return;
	}
	bool answers = front->state == TAKES || (front->state == EDITS && ++front->turns < ANSWER_TURNS);
	if (++front->calm < CALM_TURNS || (answers && !front->answered))
		return;
	front->asked = false;
	if (front->state == SETTLES && front->typed) {
		front->typed = front->answered = false;
		front->state = TAKES;
		send_keys(front, GIVE_TYPED, sizeof GIVE_TYPED - 1);
	} else if (front->state == SETTLES || front->state == TAKES) {
		front->state = READY;
	}
}

static void pass_answers(struct front *front)
{
	static char answer[4096];
	ssize_t got = read(front->answers, answer, sizeof answer);
	front->answered = got > 0 && !answer[got - 1]; /* records end in NUL */
	front->calm = 0;
	if (got > 0)
		send_message(front, 'R', answer, (size_t)got);
}

static bool lose_front(struct front *front)
{
	bool worked = front->state != RUNS && front->state != ECHOED && front->state != HANDED && !front->shown;
	close(front->fd);
	front->fd = -1;
	front->state = RUNS;
	release_keys(front);
	return !worked;
}

bool serve_front(struct front *front, const struct pollfd *polls, bool all_shown)
{
	/* A line that came whole is handed over whole, whatever became of the front. */
	if (front->line.length)
		write_bytes(&front->line, front->lines);
	if (front->fd < 0)
		return true;
	if (polls[FROM_FRONT].revents & (POLLIN | POLLHUP | POLLERR) &&
	    !(read_bytes(&front->in, front->fd) && take_messages(front)))
		return lose_front(front);
	if (polls[FROM_SHELL].revents & POLLIN)
		pass_answers(front);
	watch_echo(front);
	settle(front, all_shown);
	if (!take_messages(front))
		return lose_front(front);
	return write_bytes(&front->out, front->fd) || lose_front(front);
}
