#include "relay/grey.h"

#include "lib/gate/panic_switch.h"

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Narrower ones have no room for it. */
#define COLUMNS_MIN 8
/* The columns of a hint that are worth it, and what stands around it. */
#define HINT_MIN 12
#define HINT_FRAME 5

/* Bright black where there are 16 colours, else black that is bold. */
static const char *style_of_terminal(void)
{
	static const char *const many[] = {"256color", "direct", "kitty", "ghostty", "alacritty", "foot"};
	const char *terminal = getenv("TERM"), *colours = getenv("COLORTERM"), *none = getenv("NO_COLOR");
	if (none && *none)
		return "\033[0;4m";
	for (size_t i = 0; terminal && i < sizeof many / sizeof *many; i++)
		if (strstr(terminal, many[i]))
			return "\033[0;90m";
	return colours && *colours ? "\033[0;90m" : "\033[0;1;30m";
}

void start_grey(struct grey *grey, const struct terminal *terminal, const struct pty *pty)
{
	const char *kind = getenv("TERM");
	setlocale(LC_CTYPE, ""); /* for wcwidth */
	grey->terminal = terminal;
	grey->pty = pty;
	grey->offer.fd = -1;
	grey->offer.shell = "bash";
	grey->style = style_of_terminal();
	grey->hint_style = getenv("NO_COLOR") && *getenv("NO_COLOR") ? "\033[0;2m" : grey->style;
	grey->never = !kind || !*kind || !strcmp(kind, "dumb");
	resize_row(&grey->row, columns_now(grey->terminal));
}

void erase_grey(struct grey *grey, struct buffer *shown)
{
	if (grey->drawn)
		add_text(shown, "\0337\033[m\033[K\0338");
	grey->drawn = false;
}

/* A terminal that breaks its lines anew has put what was grey into the rows below. */
void resize_grey(struct grey *grey, struct buffer *shown)
{
	if (grey->drawn)
		add_text(shown, "\0337\033[m\033[J\0338");
	grey->drawn = false;
	resize_row(&grey->row, columns_now(grey->terminal));
}

void see_output(struct grey *grey, const char *data, size_t length)
{
	follow(&grey->row, data, length);
}

static void leave_line(struct grey *grey)
{
	end_line(&grey->row);
	grey->line[0] = '\0';
	grey->wants = false;
	close_offers(&grey->offer);
}

static pid_t shell_of(const struct grey *grey)
{
	return tcgetpgrp(grey->pty->master);
}

static void begin_line(struct grey *grey, const char *tag, size_t length)
{
	if (switched_off()) {
		leave_line(grey);
		return;
	}
	end_prompt(&grey->row);
	bool opened = grey->offer.fd < 0;
	open_offers(&grey->offer);
	if (length < sizeof grey->offer.session) {
		memcpy(grey->offer.session, tag, length);
		grey->offer.session[length] = '\0';
	}
	/* The daemon reads its history at the first question, before anybody waits for an answer. */
	if (opened && !grey->offer.number)
		ask_offer(&grey->offer, "", shell_of(grey));
}

static void take_shell(struct grey *grey, const char *tag, size_t length)
{
	grey->offer.shell = length && *tag == 'f' ? "fish" : "bash";
	grey->offer.pause_ms = 0;
	for (size_t i = 2; i < length && i < 8 && tag[i] >= '0' && tag[i] <= '9'; i++)
		grey->offer.pause_ms = grey->offer.pause_ms * 10 + (unsigned)(tag[i] - '0');
}

void see_mark(struct grey *grey, char kind, const char *tag, size_t length)
{
	if (kind == 'O')
		grey->off = length == 1 && *tag == '0';
	if (grey->off || grey->never)
		leave_line(grey);
	else if (kind == 'A')
		take_shell(grey, tag, length), begin_prompt(&grey->row);
	else if (kind == 'B')
		begin_line(grey, tag, length);
}

static bool is_key_waiting(const struct grey *grey)
{
	struct pollfd terminal = {.fd = grey->terminal->fd, .events = POLLIN};
	return poll(&terminal, 1, 0) > 0;
}

/* A line editor reads key by key; what a command reads, or a password, is none of ours. */
static bool is_line_edited(const struct grey *grey)
{
	struct termios settings;
	return tcgetattr(grey->pty->master, &settings) == 0 && !(settings.c_lflag & (ICANON | ECHO));
}

/* Return what is grey behind what is typed; NULL where it does not fit what is typed any more. */
static const char *rest_behind(const struct grey *grey, const char *typed)
{
	size_t length = strlen(typed);
	return grey->line[0] && !strncmp(grey->line, typed, length) && grey->line[length] ? grey->line + length : NULL;
}

/* Return the bytes of the text that fit into so many columns, and take those. */
static size_t fitting(const char *text, int *columns)
{
	size_t at = 0, length = strlen(text), bytes;
	uint32_t character;
	while ((bytes = decode_character(text + at, length - at, &character)) > 0) {
		int wide = columns_of(character);
		if (wide < 0 || wide > *columns)
			break;
		*columns -= wide;
		at += bytes;
	}
	return at;
}

/* A hint stands in parentheses, three columns behind what is grey, and is cut where it does not fit. */
static void draw_hint(const struct grey *grey, const char *hint, int free, struct buffer *shown)
{
	int left = free - HINT_FRAME;
	if (left < HINT_MIN)
		return;
	size_t bytes = fitting(hint, &left);
	if (hint[bytes]) {
		left = free - HINT_FRAME - 2;
		bytes = fitting(hint, &left);
	}
	add_text(shown, grey->hint_style);
	add_text(shown, "   (");
	add_bytes(shown, hint, bytes);
	add_text(shown, hint[bytes] ? "..)" : ")");
}

/* As much as fits into the row. */
static void draw(struct grey *grey, const char *rest, const char *hint, struct buffer *shown)
{
	int free = free_columns(&grey->row);
	size_t bytes = fitting(rest, &free);
	bool hints = *hint && !rest[bytes] && free >= HINT_MIN + HINT_FRAME;
	if (!bytes && !hints)
		return;
	add_text(shown, "\0337");
	add_text(shown, grey->style);
	add_bytes(shown, rest, bytes);
	if (hints)
		draw_hint(grey, hint, free, shown);
	add_text(shown, "\0338");
	grey->drawn = true;
}

/* Writes what is typed into `typed`; false where nothing may be drawn behind it. */
static bool take_typed(struct grey *grey, char typed[LINE_MAX_BYTES + 1])
{
	struct buffer line = buffer_in(typed, LINE_MAX_BYTES + 1);
	if (grey->off || !grey->row.begun || grey->row.columns < COLUMNS_MIN || !typed_line(&grey->row, &line) ||
	    !end_text(&line))
		return false;
	if (!line.length)
		grey->offer.asked[0] = grey->line[0] = '\0'; /* what was typed is given up: it may be asked anew */
	return line.length > 0;
}

static bool is_quiet(const struct grey *grey)
{
	return !is_key_waiting(grey) && is_line_edited(grey);
}

/* Whether anything is to be drawn costs system calls, which the echo in front of it waits for: they are left out where
 * there is nothing to draw. */
void draw_grey(struct grey *grey, struct buffer *shown)
{
	char typed[LINE_MAX_BYTES + 1];
	if (grey->drawn)
		return;
	grey->wants = false;
	if (!take_typed(grey, typed))
		return;
	const char *rest = rest_behind(grey, typed);
	bool asked = !strcmp(typed, grey->offer.asked);
	const char *hint = asked ? grey->offer.hint : "";
	if ((rest || *hint) && !is_quiet(grey))
		return;
	if (rest || *hint)
		draw(grey, rest ? rest : "", hint, shown);
	/* A whole line that still fits is what the daemon would say again. */
	grey->wants = !asked && (!(rest && grey->whole) || grey->again) && !waits_for_offer(&grey->offer);
	grey->again = false;
}

void ask_grey(struct grey *grey)
{
	char typed[LINE_MAX_BYTES + 1];
	bool wanted = grey->wants;
	grey->wants = false;
	if (wanted && take_typed(grey, typed) && is_quiet(grey))
		ask_offer(&grey->offer, typed, shell_of(grey));
}

void poll_grey(const struct grey *grey, struct pollfd *poll)
{
	*poll = (struct pollfd){.fd = grey->offer.fd, .events = POLLIN};
}

void take_answer(struct grey *grey, const struct pollfd *poll, struct buffer *shown)
{
	char typed[LINE_MAX_BYTES + 1];
	struct buffer line = buffer_in(typed, sizeof typed);
	if (!poll->revents || grey->offer.fd < 0)
		return;
	int found = take_offer(&grey->offer);
	if (grey->offer.fd < 0) {
		grey->line[0] = '\0';
		erase_grey(grey, shown);
	}
	if (!found || !typed_line(&grey->row, &line) || !end_text(&line))
		return;
	if (strcmp(typed, grey->offer.asked) != 0) {
		/* Typed on since: what stands there by now is asked next. */
		grey->again = found & HINTED_NOW;
		if (grey->again)
			erase_grey(grey, shown);
		return;
	}
	if (found & HINTED_NOW)
		erase_grey(grey, shown);
	if ((found & HINTED_NOW) && grey->offer.partial)
		grey->offer.asked[0] = '\0'; /* by now the history may be read */
	if (!(found & OFFERED_NOW))
		return;
	snprintf(grey->line, sizeof grey->line, "%s%s", typed, grey->offer.rest);
	grey->whole = grey->offer.whole;
	if (!grey->offer.rest[0])
		grey->line[0] = '\0';
	erase_grey(grey, shown);
}

/* How a key arrives that takes what is grey. */
struct taking {
	const char *key;
	bool word;
};

static const struct taking taking[] = {
	{"\033[C", false},   {"\033OC", false},   {"\005", false},      {"\033[F", false},
	{"\033OF", false},   {"\033[4~", false},  {"\033[8~", false},   {"\033f", true},
	{"\033[1;5C", true}, {"\033[1;3C", true}, {"\033\033[C", true},
};

/* The key that comes first; NULL: it takes nothing. */
static const struct taking *find_taking(const char *keys, size_t length)
{
	for (size_t i = 0; i < sizeof taking / sizeof *taking; i++)
		if (strlen(taking[i].key) <= length && !memcmp(taking[i].key, keys, strlen(taking[i].key)))
			return taking + i;
	return NULL;
}

static size_t end_of_word(const char *rest)
{
	size_t blanks = strspn(rest, " ");
	return blanks + strcspn(rest + blanks, " ");
}

static bool only_writes(const char *keys, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if ((unsigned char)keys[i] < 0x20 || keys[i] == 0x7f)
			return false;
	return true;
}

/* Keys that end the line, run it or may hand the terminal to somebody else: Enter in its forms, ^C, ^D, ^Z, ^\, ^O. */
static bool ends_line(const char *keys, size_t length)
{
	static const char ends[] = "\r\n\003\004\017\032\034";
	for (size_t i = 0; i < length; i++)
		if (keys[i] && strchr(ends, keys[i]))
			return true;
	return false;
}

/* Puts what the first key takes in its place; returns the new length. */
static size_t take(const struct grey *grey, char *keys, size_t length, size_t room)
{
	char typed[LINE_MAX_BYTES + 1];
	struct buffer line = buffer_in(typed, sizeof typed);
	const struct taking *key = grey->drawn ? find_taking(keys, length) : NULL;
	if (!key || !typed_line(&grey->row, &line) || !end_text(&line))
		return length;
	const char *rest = rest_behind(grey, typed);
	size_t taken = !rest ? 0 : key->word ? end_of_word(rest) : strlen(rest), behind = length - strlen(key->key);
	if (!taken || taken + behind > room)
		return length;
	memmove(keys + taken, keys + length - behind, behind);
	memcpy(keys, rest, taken);
	return taken + behind;
}

size_t see_keys(struct grey *grey, char *keys, size_t length, size_t room, struct buffer *shown)
{
	length = take(grey, keys, length, room);
	if (!only_writes(keys, length))
		erase_grey(grey, shown);
	if (ends_line(keys, length))
		leave_line(grey);
	return length;
}
