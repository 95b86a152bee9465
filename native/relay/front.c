#include "relay/front.h"

#include "lib/base/system.h"
#include "relay/height.h"
#include "relay/waiting.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* The shell's side binds these; no terminal sends them, and none of them stops one (^S, ^Q), or signals. */
#define TAKE_LINE "\030\037l"
#define GIVE_TYPED "\030\037t"
#define TAKE_QUESTION "\030\037s"
/* Leaves a question or a search of the shell's line editor, which would take the private keys for answers. */
#define ABORT "\007"

/* What bash's `set -x` and `set -v` show of the shell's side names one of its functions. */
#define OWN_NAME "__caro_repl_"

/* What readline, zle and fish end a line with: bracketed paste is switched off. */
static const char echo_end[] = "\033[?2004l";

#define FULL_BYTES (1 << 20)
#define SETTLE_MS 1
/* How often a shell must be found waiting, with nothing drawn between: keys take a moment through the terminal. */
#define CALM_TURNS 3
/* On a busy machine the kernel takes a while to hand on what was written to the master: until then none of it is unread. */
#define REST_MS 20
#define GONE_MS 1000
/* Output that comes all the time is somebody else's: after so many pieces of it the shell counts as waiting. */
#define NOISE_PIECES 30
/* A shell that has not answered for so long will not: it is off, or its key is bound to something else. */
#define ANSWER_MS 2000
/* ^C that comes while readline is between two keys is noted by bash, and does nothing until the next key: where no prompt
 * has come for so long, it is sent once more. */
#define AGAIN_MS 150
#define INTERRUPT "\003"
/* How often it is looked whether a line was taken. */
#define UNTAKEN_MS 50
/* How long a shell may take to draw for a window's new size before the line comes all the same. */
#define REDRAW_MS 200
#define TAKE_TRIES 2
#define MESSAGE_MAX (1 << 30)
/* Of what stands on the cursor's row before the prompt; of more nothing is known. */
#define ROW_BYTES 4096

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

void kill_front(struct front *front)
{
	if (front->fd < 0)
		return;
	kill(front->process, SIGKILL);
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

static int64_t now_ms(void)
{
	struct timespec now = read_clock(CLOCK_MONOTONIC);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
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

static void leave_ending(struct front *front)
{
	front->passed = false;
	drop_bytes(&front->ending, front->ending.length);
}

static void begin_prompt(struct front *front)
{
	if (!front->fresh) {
		front->redrawn = front->state != RUNS && front->state != PROMPTS && front->state != ECHOED;
		drop_bytes(&front->renewed, front->renewed.length);
		return;
	}
	front->fresh = false;
	leave_ending(front);
	front->prompt.start = front->prompt.length = 0;
	front->shown = front->typed || !front->awake;
	front->state = PROMPTS;
}

static void release_keys(struct front *front)
{
	front->holds = false;
	append_bytes(&front->keys, front->later.data + front->later.start, front->later.length);
	drop_bytes(&front->later, front->later.length);
}

/* zle and fish draw their prompt whole, whenever something has changed in it: what git says may come late. */
static void renew_prompt(struct front *front)
{
	struct bytes *old = &front->prompt, *now = &front->renewed;
	const char *text = old->data + old->start;
	if (!front->redrawn || !front->draws || front->state == HANDED || !now->length ||
	    (now->length == front->text && !memcmp(text, now->data + now->start, front->text)))
		return;
	size_t length = now->length;
	append_bytes(now, text + front->text, old->length - front->text); /* what was typed behind it */
	drop_bytes(old, old->length);
	append_bytes(old, now->data + now->start, now->length);
	front->text = length;
	if (front->state == EDITS)
		send_message(front, 'U', old->data + old->start, length);
}

static void end_prompt(struct front *front)
{
	renew_prompt(front);
	front->redrawn = false;
	front->drawn = true;
	if (front->state != PROMPTS)
		return;
	release_keys(front);
	front->text = front->prompt.length;
	front->tries = 0;
	front->noise = 0;
	front->quiet = false;
	front->state = front->typed || front->draws || !front->awake ? SETTLES : READY;
}

static void begin_line(struct front *front)
{
	if (front->state == EDITS || front->state == READY)
		send_message(front, 'C', NULL, 0);
	else if (front->state == HANDED || front->state == ECHOED)
		send_message(front, 'B', NULL, 0);
	leave_ending(front);
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
		if (front->state == ECHOED) {
			front->state = HANDED;
			front->match = 0;
		}
		break;
	case 'S':
		release_keys(front); /* something may ask the person */
		if (front->state == HANDED) {
			front->state = ECHOED;
			front->match = 1; /* the row has ended already, and what is said would end it once more */
		}
		break;
	default:
		break;
	}
}

/* The last line of the prompt, which readline draws once more behind each key of ours. */
static struct bytes last_line(const struct front *front)
{
	struct bytes line = {.data = front->prompt.data + front->prompt.start, .length = front->text};
	for (size_t at = line.length; at > 0; at--)
		if (line.data[at - 1] == '\n') {
			line.data += at;
			line.length -= at;
			break;
		}
	return line;
}

/* How readline takes its line off the screen: up, and each row to its end. */
static size_t clearing_length(const char *data, size_t length)
{
	size_t at = 0, end;
	while (at < length) {
		for (end = at; end < length && data[end] == '\r'; end++)
			;
		if (end + 2 < length && data[end] == '\033' && data[end + 1] == '[') {
			size_t last = end + 2;
			while (last < length && data[last] >= '0' && data[last] <= '9')
				last++;
			if (last < length && strchr("AJK", data[last]))
				end = last + 1;
		}
		if (end == at)
			break;
		at = end;
	}
	return at;
}

static size_t find(const char *data, size_t length, const struct bytes *text)
{
	for (size_t at = 0; text->length && at + text->length <= length; at++)
		if (!memcmp(data + at, text->data, text->length))
			return at;
	return length;
}

static bool has_own_name(const char *data, size_t length)
{
	const struct bytes name = {.data = (char *)(uintptr_t)OWN_NAME, .length = sizeof OWN_NAME - 1};
	return find(data, length, &name) < length;
}

/* Takes the lines that name the shell's side: what stays is moved to the end. */
static size_t hide_own_lines(struct front *front, char *data, size_t length)
{
	size_t kept = length, end = length;
	if (!front->own && !has_own_name(data, length))
		return 0;
	/* From the last line to the first; of the first the beginning may have come before. */
	bool whole = data[length - 1] == '\n', goes_on = false;
	while (end > 0) {
		size_t from = end - 1;
		while (from > 0 && data[from - 1] != '\n')
			from--;
		bool own = has_own_name(data + from, end - from) || (from == 0 && front->own);
		if (end == length)
			goes_on = own && !whole;
		if (!own) {
			kept -= end - from;
			memmove(data + kept, data + from, end - from);
		}
		end = from;
	}
	front->own = goes_on;
	return kept;
}

/* Takes what readline draws before the line comes: its empty line off the screen, and the end of its prompt again. What
 * bash says of a job that has ended, and what a job prints, stays: it is moved behind what is taken. */
static size_t hide_redraw(struct front *front, char *data, size_t length)
{
	struct bytes line = last_line(front);
	size_t at = clearing_length(data, length);
	if (at)
		return at;
	if (line.length == front->text)
		return front->redrawn ? length : 0; /* the prompt is one line, and its mark stands before it */
	at = find(data, length, &line);
	if (at == length)
		return front->kept ? 0 : length;
	memmove(data + line.length, data, at);
	front->kept = true;
	return line.length;
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

static bool has_echo_end(const char *data, size_t length)
{
	const struct bytes end = {.data = (char *)(uintptr_t)echo_end, .length = sizeof echo_end - 1};
	return find(data, length, &end) < length;
}

/* Before its end of line zle may draw another prompt (a transient one) in the place of this: it goes up, and resets the
 * colours. Its cursor stands in the line, ours a row below: has the reset be one row more. */
static void begin_above(char *data, size_t length)
{
	static const char reset[] = "\033[0m\033[27m\033[24m\033[J";
	size_t at = 0, size = sizeof reset - 1;
	while (at + size <= length && memcmp(data + at, reset, size) != 0) {
		if (!memchr("\r\033M[A0123456789", data[at], 15))
			return;
		at++;
	}
	if (at + size <= length)
		memcpy(data + at, "\r\033[A", 4);
}

/* The ends of line behind it: readline's is one CR, zle's are CR CR LF. */
static size_t hide_line_end(struct front *front, char *data, size_t length)
{
	size_t at = 0;
	while (at < length && front->match < 3 && data[at] == "\r\r\n"[front->match]) {
		front->match++;
		at++;
	}
	if (at < length && front->match < 3 && front->draws)
		begin_above(data + at, length - at);
	if (at < length) {
		front->match = 3;
		/* Whoever prints here may ask something, and may have made the terminal raw before that was looked at. */
		release_keys(front);
	}
	return at;
}

static size_t hide_readline(struct front *front, char *data, size_t length)
{
	size_t own = hide_own_lines(front, data, length);
	data += own;
	length -= own;
	return own + (front->drawn || has_echo_end(data, length) ? hide_echo(front, data, length)
								 : hide_redraw(front, data, length));
}

/* From the last line end on. */
static void note_row(struct front *front, const char *data, size_t length)
{
	size_t from = length;
	while (from > 0 && data[from - 1] != '\n' && data[from - 1] != '\r')
		from--;
	if (from > 0 || front->row.length + length > ROW_BYTES)
		drop_bytes(&front->row, front->row.length);
	if (length - from <= ROW_BYTES)
		append_bytes(&front->row, data + from, length - from);
}

size_t divert_output(struct front *front, char *data, size_t length)
{
	if (front->noise++ < NOISE_PIECES)
		front->calm = 0;
	if (front->fd < 0)
		return 0;
	if (front->redrawn && front->draws && front->renewed.length < FULL_BYTES)
		append_bytes(&front->renewed, data, length);
	switch (front->state) {
	case RUNS:
		note_row(front, data, length);
		return 0;
	case ECHOED:
		return hide_line_end(front, data, length);
	case HANDED:
		return front->draws ? hide_echo(front, data, length) : hide_readline(front, data, length);
	case PROMPTS:
		append_bytes(&front->prompt, data, length);
		return front->shown ? 0 : length;
	case SETTLES:
	case TAKES: /* it takes what was typed off its line again */
		return !front->shown ? length : front->draws ? 0 : hide_own_lines(front, data, length);
	case READY:
	case EDITS:
		break;
	}
	if (front->asked && !front->draws)
		append_bytes(&front->meanwhile, data, length);
	else if (!front->redrawn && !front->returned)
		send_message(front, 'O', data, length);
	return length;
}

/* What came while the shell dealt with a question, but for what its line editor drew: readline takes its line off the
 * screen, and draws the end of its prompt. */
static void pass_meanwhile(struct front *front)
{
	struct bytes *seen = &front->meanwhile, line = last_line(front);
	drop_bytes(seen, clearing_length(seen->data + seen->start, seen->length));
	front->own = false;
	if (seen->length)
		drop_bytes(seen, hide_own_lines(front, seen->data + seen->start, seen->length));
	char *data = seen->data + seen->start;
	size_t at = find(data, seen->length, &line);
	if (at < seen->length) {
		memmove(data + line.length, data, at);
		drop_bytes(seen, line.length);
	}
	if (seen->length)
		send_message(front, 'O', seen->data + seen->start, seen->length);
	drop_bytes(seen, seen->length);
}

/* The shell is done with a question once it has answered and readline has drawn its prompt again. */
static void end_question(struct front *front)
{
	bool late = now_ms() > front->until;
	if (!front->asked || (!late && !(front->answered && (front->drawn || front->draws))))
		return;
	front->asked = false;
	pass_meanwhile(front);
}

/* -- what the front sends */

static void send_keys(struct front *front, const void *keys, size_t length)
{
	append_bytes(&front->keys, keys, length);
}

/* The record that the shell reads: for which prompt it is, so that none is ever taken at another one. */
static void send_record(struct front *front, const char *text, size_t length)
{
	append_bytes(&front->line, front->counter, strlen(front->counter));
	append_bytes(&front->line, ":", 1);
	append_bytes(&front->line, text, length);
	append_bytes(&front->line, "", 1);
}

static void send_key(struct front *front, const char *key)
{
	send_keys(front, key, strlen(key));
	front->until = now_ms() + ANSWER_MS;
	front->calm = 0;
}

static void leave_terminal(struct front *front)
{
	front->resized = copy_size(front->terminal, front->pty->master);
	front->state = HANDED;
	front->match = 0;
	front->holds = true;
	leave_ending(front);
	front->typed = front->later.length > 0;
	front->asked = front->redrawn = front->returned = front->shown = false;
	front->drawn = front->kept = front->own = false;
}

static void take_message(struct front *front, char kind, const char *text, size_t length)
{
	bool edits = front->state == EDITS || front->state == READY;
	switch (kind) {
	case 'F':
		front->awake = true;
		break;
	case 'L':
		if (!edits)
			break;
		leave_terminal(front);
		send_record(front, text, length);
		front->until = now_ms() + REDRAW_MS;
		front->calm = front->tries = 0;
		if (!front->resized)
			send_key(front, TAKE_LINE);
		break;
	case 'P':
		if (edits)
			leave_terminal(front);
		front->resized = false;
		front->drawn = true; /* readline has its keys at once */
		front->passed = front->state == HANDED;
		front->until = now_ms() + ANSWER_MS;
		front->again = 0;
		if (front->passed)
			append_bytes(&front->ending, text, length);
		else
			send_keys(front, text, length);
		break;
	case 'S':
		if (!edits)
			break;
		front->asked = true;
		front->answered = front->drawn = false;
		send_record(front, text, length);
		send_key(front, TAKE_QUESTION);
		break;
	case 'K': /* for whatever the next line runs */
		append_bytes(&front->later, text, length);
		break;
	case 'A':
		if (front->state == HANDED || front->state == ECHOED) {
			front->state = EDITS;
			front->returned = true; /* it draws its empty line */
			front->holds = false;
			front->typed &= !front->later.length; /* what stood behind it the front has, too */
			drop_bytes(&front->later, front->later.length);
			front->noise = 0;
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
		bool waits = (front->asked || front->returned) && (head[0] == 'L' || head[0] == 'P' || head[0] == 'S');
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
	bool early = front->state == PROMPTS && !front->awake;
	return front->fd >= 0 && (front->holds || early || front->state == TAKES || front->state == READY);
}

bool front_keeps_keys(const struct front *front)
{
	return front->fd >= 0 && front->state == SETTLES && (!front->awake || front->ahead.length);
}

bool front_owns_terminal(const struct front *front)
{
	return front->fd >= 0 && front->state == EDITS;
}

/* Readline takes its line off the screen (ECHOED) before it does anything else at such a key. */
static bool is_passed(const struct front *front)
{
	return front->passed && (front->state == HANDED || front->state == ECHOED);
}

/* A line was handed over by a key that the shell has not got, or took for others: fish does where a signal comes in its
 * middle. The record is there still. */
static bool is_untaken(const struct front *front)
{
	int unread = 0;
	return front->state == HANDED && !front->passed && ioctl(front->lines, FIONREAD, &unread) == 0 && unread > 0;
}

int front_patience(const struct front *front)
{
	bool prompted = front->state == SETTLES || front->state == TAKES || front->state == READY;
	bool settles = (prompted && front->awake) || front->asked || front->returned ||
		       (front->holds && front->state == ECHOED);
	if (front->fd < 0)
		return -1;
	if (settles || is_passed(front))
		return SETTLE_MS;
	return !is_untaken(front) ? -1 : front->resized ? SETTLE_MS : UNTAKEN_MS;
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

static void add_move(struct buffer *to, size_t count, char direction)
{
	if (!count)
		return;
	add_text(to, "\033[");
	add_unsigned(to, count);
	add_char(to, direction);
}

void keep_keys(struct front *front, const char *keys, size_t length, struct buffer *echo)
{
	append_bytes(&front->ahead, keys, length);
	for (size_t at = 0; at < length; at++)
		front->quiet |= (unsigned char)keys[at] < ' ' || keys[at] == 0x7f;
	if (front->quiet || front->typed || echo->capacity < length)
		return;
	append_bytes(&front->prompt, keys, length);
	add_bytes(echo, keys, length);
}

/* What takes a prompt that was shown off the screen again: the front draws it in its place, in the same moment. */
static void send_erasure(struct front *front)
{
	char text[48];
	struct buffer to = buffer_in(text, sizeof text);
	int columns = columns_now(front->terminal);
	struct cursor_at begin = {0}, end;
	begin.column = cursor_behind(begin, front->row.data + front->row.start, front->row.length, columns).column;
	end = cursor_behind(begin, front->prompt.data + front->prompt.start, front->prompt.length, columns);
	add_char(&to, '\r');
	add_move(&to, end.rows, 'A');
	add_move(&to, (size_t)begin.column, 'C');
	add_text(&to, "\033[J");
	send_message(front, 'X', text, to.length);
}

static void tell_front(struct front *front)
{
	front->state = EDITS;
	send_message(front, front->mark[0], front->mark, front->mark_length);
	if (front->shown)
		send_erasure(front);
	front->shown = false;
	if (front->ahead.length)
		send_message(front, 'T', front->ahead.data + front->ahead.start, front->ahead.length);
	drop_bytes(&front->ahead, front->ahead.length);
	send_message(front, 'Q', front->prompt.data + front->prompt.start, front->text);
}

static void watch_echo(struct front *front)
{
	struct termios now;
	if (front->holds && front->state == ECHOED && tcgetattr(front->pty->slave, &now) == 0 && now.c_lflag & ICANON)
		release_keys(front);
}

static void take_typed(struct front *front)
{
	front->answered = false;
	front->state = TAKES;
	front->noise = 0;
	front->until = now_ms() + ANSWER_MS;
	send_keys(front, GIVE_TYPED, sizeof GIVE_TYPED - 1);
}

/* The shell does not give what was typed: it may be asking something of its own. Once that is left it is tried again,
 * and then the line is the shell's. */
static void take_again(struct front *front)
{
	if (now_ms() < front->until)
		return;
	front->state = ++front->tries < TAKE_TRIES ? SETTLES : RUNS;
	send_keys(front, ABORT, sizeof ABORT - 1);
}

void note_keys(struct front *front)
{
	front->typed = true;
	front->rests = now_ms() + REST_MS;
}

static bool is_calm(struct front *front)
{
	if (now_ms() < front->rests || front->keys.length || front->line.length ||
	    !waits_for_keys(front->pty, front->shell)) {
		front->calm = 0;
		return false;
	}
	return ++front->calm >= CALM_TURNS;
}

/* Sends what ends the editing to a shell that waits for it, and ^C once more to one that only noted it. */
static void pass_ending(struct front *front, bool calm)
{
	struct bytes *keys = &front->ending;
	bool sent = front->again > 0;
	if (!sent && (calm || now_ms() > front->until)) {
		send_keys(front, keys->data + keys->start, keys->length);
		front->again = now_ms() + AGAIN_MS;
		front->until = now_ms() + ANSWER_MS;
		front->calm = 0;
	} else if (sent && calm && keys->length && now_ms() > front->again) {
		if (keys->length == 1 && !memcmp(keys->data + keys->start, INTERRUPT, 1))
			send_keys(front, INTERRUPT, 1);
		drop_bytes(keys, keys->length);
		front->calm = 0;
	}
}

/* The shell has done nothing with the keys that it got (it ignores them, or has nothing to do): its prompt still stands. */
static void take_back(struct front *front)
{
	leave_ending(front);
	release_keys(front);
	front->state = READY;
}

/* Its line editor takes none (something else has its keys): what was typed is gone, and it is typed into as it is. */
static void refuse_line(struct front *front)
{
	static char left[4096];
	drop_bytes(&front->line, front->line.length);
	while (read(front->lines, left, sizeof left) > 0)
		;
	send_message(front, 'N', NULL, 0);
	release_keys(front);
	front->told = true;
	front->state = RUNS;
}

static void take_late(struct front *front, bool calm)
{
	bool late = now_ms() > front->until;
	if (!(front->resized ? calm || late : calm && late))
		return;
	if (!front->resized && ++front->tries > TAKE_TRIES) {
		refuse_line(front);
		return;
	}
	front->resized = false;
	send_key(front, TAKE_LINE);
}

/* A shell that waits has run what was typed; what is left of that is for the editor. */
static void settle(struct front *front, bool all_shown)
{
	if (front->state == READY && all_shown && front->awake)
		tell_front(front);
	end_question(front);
	if (front->state == TAKES && !front->answered)
		take_again(front);
	if (front_patience(front) < 0)
		return;
	bool calm = is_calm(front);
	if (is_passed(front))
		pass_ending(front, calm);
	if (is_untaken(front))
		take_late(front, calm);
	if (!calm)
		return;
	front->returned = false;
	if (is_passed(front) && front->again && now_ms() > front->until)
		take_back(front);
	if (front->state == SETTLES && front->typed) {
		front->typed = false;
		take_typed(front);
	} else if (front->state == SETTLES || (front->state == TAKES && front->answered)) {
		if (front->state == TAKES && !front->draws)
			drop_bytes(&front->row, front->row.length); /* readline took all of the row away */
		front->typed = false;
		front->state = READY;
	}
}

/* True if the shell's own answer is among these bytes of records that end in NUL: those of a process that it forked
 * (`pid`, `words`) come whenever they come. */
static bool is_answered(struct front *front, const char *data, size_t length)
{
	bool answered = false;
	for (size_t at = 0; at < length; at++) {
		if (!front->record)
			front->record = data[at] ? data[at] : ' ';
		if (data[at])
			continue;
		answered |= front->record != 'p' && front->record != 'w';
		front->record = '\0';
	}
	return answered;
}

static void pass_answers(struct front *front)
{
	static char answer[4096];
	ssize_t got = read(front->answers, answer, sizeof answer);
	front->calm = 0;
	if (got <= 0)
		return;
	if (is_answered(front, answer, (size_t)got))
		front->answered = true;
	send_message(front, 'R', answer, (size_t)got);
}

/* Half a line that nobody sees any more must not be run by the next Enter. */
static bool lose_front(struct front *front)
{
	bool worked = front->state != RUNS && front->state != ECHOED && front->state != HANDED;
	if (worked && front->shown && front->typed)
		send_keys(front, GIVE_TYPED, sizeof GIVE_TYPED - 1);
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
