#include "relay/recording.h"

#include "lib/base/json.h"
#include "lib/base/message.h"
#include "lib/base/system.h"
#include "lib/base/utf8.h"
#include "lib/gate/panic_switch.h"
#include "lib/redact/redact_marks.h"
#include "relay/secrets.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#define SHOWN_MAX 8192
#define SECOND_US 1000000u

static struct held held;
static struct runtime_conf conf;

static uint64_t microseconds(clockid_t clock)
{
	struct timespec now = read_clock(clock);
	return (uint64_t)now.tv_sec * SECOND_US + (uint64_t)now.tv_nsec / 1000;
}

/* "BYTES,PATH" */
static bool read_place(struct recording *recording, const char *text)
{
	char *end;
	recording->most = strtoull(text, &end, 10);
	if (end == text || *end != ',' || end[1] != '/' || strlen(end + 1) >= sizeof recording->path)
		return false;
	strcpy(recording->path, end + 1);
	return true;
}

bool read_recording(struct recording *recording, const char *text)
{
	char *end;
	recording->fd = (int)strtol(text, &end, 10);
	if (end == text || *end != ',' || recording->fd < 3 || !read_place(recording, end + 1))
		return false;
	fcntl(recording->fd, F_SETFD, FD_CLOEXEC);
	return true;
}

/* The recording ends, what is recorded goes on. */
static void give_up(struct recording *recording, const char *reason)
{
	close(recording->fd);
	recording->fd = -1;
	recording->ended = reason;
}

static void write_whole(struct recording *recording, const char *data, size_t length)
{
	recording->written += length;
	while (length) {
		ssize_t done = write(recording->fd, data, length);
		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0) {
			give_up(recording, exec_error(errno));
			return;
		}
		data += done;
		length -= (size_t)done;
	}
}

/* [SECONDS, "KIND", "TEXT"] */
static void write_event(struct recording *recording, uint64_t us, char kind, struct bytes text)
{
	static char line[6 * SHOWN_MAX + 80];
	struct buffer to = buffer_in(line, sizeof line);
	if (recording->fd < 0)
		return;
	add_char(&to, '[');
	add_unsigned(&to, us / SECOND_US);
	add_char(&to, '.');
	add_padded(&to, us % SECOND_US, 6);
	add_text(&to, ", \"");
	add_char(&to, kind);
	add_text(&to, "\", ");
	add_json(&to, text);
	add_text(&to, "]\n");
	write_whole(recording, line, to.length);
}

static void write_text(struct recording *recording, uint64_t us, struct bytes text)
{
	while (text.length) {
		size_t length = utf8_cut(text, SHOWN_MAX);
		length = length ? length : text.length < SHOWN_MAX ? text.length : SHOWN_MAX;
		write_event(recording, us, 'o', (struct bytes){text.data, length});
		text.data += length;
		text.length -= length;
	}
}

/* Hidden characters: one mark for all of them, or one each where others are drawn over or beside them. */
static void add_hidden(struct buffer *to, size_t at)
{
	bool follows = at > 0 && held.hidden[at - 1] && !held.control[at - 1];
	if (!held.moved && !follows)
		add_text(to, MASK);
	else if (held.moved && (held.data[at] & 0xC0) != 0x80)
		add_char(to, '*');
}

/* What arrived in [from, end), without its secrets. */
static void write_piece(struct recording *recording, uint64_t us, size_t from, size_t end)
{
	static char shown[3 * HELD_MAX];
	struct buffer to = buffer_in(shown, sizeof shown);
	for (size_t at = from; at < end; at++) {
		if (held.hidden[at] && !held.control[at])
			add_hidden(&to, at);
		else
			add_char(&to, held.data[at]);
	}
	write_text(recording, us, (struct bytes){shown, to.length});
}

/* Where a character begins at `end` or before. */
static size_t whole_characters(size_t end)
{
	while (end > 0 && end < held.length && (held.data[end] & 0xC0) == 0x80)
		end--;
	return end;
}

static void write_size(struct recording *recording, const struct piece *piece)
{
	char text[40];
	struct buffer size = buffer_in(text, sizeof text);
	add_unsigned(&size, (unsigned)piece->columns);
	add_char(&size, 'x');
	add_unsigned(&size, (unsigned)piece->rows);
	write_event(recording, piece->us, 'r', (struct bytes){text, size.length});
}

static void write_held(struct recording *recording, size_t length)
{
	size_t from = 0;
	for (size_t i = 0; i < held.piece_count && from <= length && recording->fd >= 0; i++) {
		if (held.pieces[i].rows) {
			if (held.pieces[i].end <= length)
				write_size(recording, held.pieces + i);
			continue;
		}
		size_t end = held.pieces[i].end < length ? whole_characters(held.pieces[i].end) : length;
		if (end > from)
			write_piece(recording, held.pieces[i].us, from, end);
		from = end > from ? end : from;
	}
	let_go(&held, length);
}

static void look_around(struct recording *recording)
{
	uint64_t now = microseconds(CLOCK_MONOTONIC);
	if (recording->written > recording->most) {
		write_event(recording, held.piece_count ? held.pieces[0].us : 0, 'm',
			    bytes_of("the recording is full"));
		give_up(recording, "it is as large as [recording] max_mb allows");
	} else if (now - recording->looked_us > SECOND_US) {
		recording->looked_us = now;
		if (switched_off())
			give_up(recording, "Caro was switched off");
	}
}

static void flush(struct recording *recording, size_t length)
{
	hide_secrets(&conf, &held, recording->rows, recording->columns);
	look_around(recording);
	write_held(recording, length);
}

/* A line without an end: half of it goes, up to a blank that is no part of a secret. What was found in the other half
 * stays found. */
static size_t half_of_held(void)
{
	size_t at = HELD_MAX / 2;
	while (at > 1 && (held.control[at] || held.hidden[at] || held.hidden[at - 1] || held.data[at] != ' '))
		at--;
	return at > 1 ? at : HELD_MAX / 2;
}

void record_output(struct recording *recording, const char *data, size_t length)
{
	bool ended;
	if (recording->fd < 0)
		return;
	uint64_t now = microseconds(CLOCK_MONOTONIC) - recording->began_us;
	while (length && recording->fd >= 0) {
		size_t taken = hold_bytes(&held, data, length, now, &ended);
		data += taken;
		length -= taken;
		if (ended)
			flush(recording, held.length);
		else if (held.length == HELD_MAX) {
			hide_secrets(&conf, &held, recording->rows, recording->columns);
			flush(recording, half_of_held());
		}
	}
}

void record_prompt(struct recording *recording, const char *session, size_t length)
{
	static const char said[] = "session ";
	char text[80];
	if (recording->fd < 0)
		return;
	hold_prompt_end(&held);
	if (recording->session_told || length < 2 || length > sizeof text - sizeof said)
		return;
	memcpy(text, said, sizeof said - 1);
	memcpy(text + sizeof said - 1, session, length);
	recording->session_told = true;
	uint64_t us = held.piece_count ? held.pieces[0].us : microseconds(CLOCK_MONOTONIC) - recording->began_us;
	write_event(recording, us, 'm', (struct bytes){text, sizeof said - 1 + length});
}

static bool read_size(struct recording *recording, const struct terminal *terminal)
{
	struct winsize size = {0};
	int rows = recording->rows, columns = recording->columns;
	ioctl(terminal->fd, TIOCGWINSZ, &size);
	recording->rows = size.ws_row ? size.ws_row : 24;
	recording->columns = size.ws_col ? size.ws_col : 80;
	return rows != recording->rows || columns != recording->columns;
}

void record_size(struct recording *recording, const struct terminal *terminal)
{
	if (recording->fd >= 0 && read_size(recording, terminal))
		hold_size(&held, microseconds(CLOCK_MONOTONIC) - recording->began_us, recording->rows,
			  recording->columns);
}

static void add_variable(struct buffer *head, const char *name)
{
	const char *value = getenv(name);
	add_json(head, bytes_of(name));
	add_text(head, ": ");
	add_json(head, bytes_of(value ? value : ""));
}

static void write_head(struct recording *recording, pid_t shell)
{
	char text[2048];
	struct buffer head = buffer_in(text, sizeof text);
	uint64_t now = microseconds(CLOCK_REALTIME);
	add_text(&head, "{\"version\": 2, \"width\": ");
	add_unsigned(&head, (unsigned)recording->columns);
	add_text(&head, ", \"height\": ");
	add_unsigned(&head, (unsigned)recording->rows);
	add_text(&head, ", \"timestamp\": ");
	add_unsigned(&head, now / SECOND_US);
	add_text(&head, ", \"env\": {");
	add_variable(&head, "SHELL");
	add_text(&head, ", ");
	add_variable(&head, "TERM");
	add_text(&head, "}, \"caro\": {\"began\": ");
	add_unsigned(&head, now / SECOND_US);
	add_char(&head, '.');
	add_padded(&head, now % SECOND_US, 6);
	add_text(&head, ", \"pid\": ");
	add_unsigned(&head, (unsigned)shell);
	add_text(&head, "}}\n");
	write_whole(recording, text, head.length);
}

void start_recording(struct recording *recording, const struct terminal *terminal, pid_t shell)
{
	if (recording->fd < 0)
		return;
	memset(&held, 0, sizeof held);
	read_runtime_conf(&conf);
	recording->began_us = recording->looked_us = microseconds(CLOCK_MONOTONIC);
	read_size(recording, terminal);
	write_head(recording, shell);
}

bool begin_recording(struct recording *recording, const char *text, const struct terminal *terminal, pid_t shell)
{
	struct recording fresh = {.fd = -1};
	if (recording->fd >= 0 || switched_off() || !read_place(&fresh, text))
		return false;
	fresh.fd = open(fresh.path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fresh.fd < 0)
		return false;
	*recording = fresh;
	start_recording(recording, terminal, shell);
	return true;
}

bool end_recording(struct recording *recording)
{
	if (recording->fd < 0)
		return false;
	flush(recording, held.length);
	if (recording->fd >= 0)
		close(recording->fd);
	recording->fd = -1;
	return true;
}

void tell_recording(const struct recording *recording)
{
	if (!recording->path[0])
		return;
	if (recording->ended)
		SAY("record: the recording ended before the terminal did: ", recording->ended);
	SAY("recorded: ", recording->path, "; caro play shows it");
}
