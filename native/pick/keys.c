/* What is typed, as keys: control characters as a shell's line editor knows them, the sequences of usual terminals. */
#include "pick/screen.h"

#include "lib/base/utf8.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#define ESCAPE_MS 40 /* within which the rest of a sequence follows its ESC */

extern volatile sig_atomic_t screen_resized, screen_ended;

static unsigned char input[4096];
static size_t used, at;
static bool pasting;

static const struct {
	unsigned char byte;
	enum key key;
} controls[] = {
	{1, KEY_HOME},    {2, KEY_LEFT},     {3, KEY_GIVE_UP},     {4, KEY_GIVE_UP}, {5, KEY_END},
	{6, KEY_FOLDER},  {7, KEY_GIVE_UP},  {8, KEY_BACKSPACE},   {9, KEY_TAB},     {10, KEY_ENTER},
	{11, KEY_UP},     {12, KEY_REDRAW},  {13, KEY_ENTER},      {14, KEY_DOWN},   {15, KEY_HOST},
	{16, KEY_UP},     {18, KEY_SCOPE},   {19, KEY_SESSION},    {21, KEY_CLEAR},  {23, KEY_WORD_BACK},
	{24, KEY_FAILED}, {28, KEY_GIVE_UP}, {127, KEY_BACKSPACE},
};

static const struct {
	const char *text;
	enum key key;
} sequences[] = {
	{"[A", KEY_UP},    {"OA", KEY_UP},      {"[B", KEY_DOWN},     {"OB", KEY_DOWN},       {"[C", KEY_RIGHT},
	{"OC", KEY_RIGHT}, {"[D", KEY_LEFT},    {"OD", KEY_LEFT},     {"[H", KEY_HOME},       {"OH", KEY_HOME},
	{"[1~", KEY_HOME}, {"[7~", KEY_HOME},   {"[F", KEY_END},      {"OF", KEY_END},        {"[4~", KEY_END},
	{"[8~", KEY_END},  {"[3~", KEY_DELETE}, {"[5~", KEY_PAGE_UP}, {"[6~", KEY_PAGE_DOWN}, {"\177", KEY_WORD_BACK},
};

/* True if there is input, within `wait` ms (-1: whenever). */
static bool more(struct screen *screen, int wait)
{
	struct pollfd ready = {.fd = screen->fd, .events = POLLIN};
	if (at < used)
		return true;
	if (screen_ended || screen_resized || poll(&ready, 1, wait) <= 0)
		return false;
	ssize_t got = read(screen->fd, input, sizeof input);
	if (got <= 0 && !(got < 0 && (errno == EINTR || errno == EAGAIN)))
		screen_ended = SIGHUP;
	at = 0;
	used = got > 0 ? (size_t)got : 0;
	return used > 0;
}

bool key_waits(struct screen *screen)
{
	return screen_ended || screen_resized || more(screen, 0);
}

/* The sequence behind an ESC, up to its final byte (ECMA-48, 5.4); empty: the key Esc alone. */
static size_t read_sequence(struct screen *screen, char *text, size_t room)
{
	size_t length = 0;
	while (length + 1 < room && more(screen, ESCAPE_MS)) {
		unsigned char byte = input[at];
		if (length == 0 && byte == 27)
			break;
		at++;
		text[length++] = (char)byte;
		if (length == 1 && byte != '[' && byte != 'O')
			break;
		if (length > 1 && byte >= 0x40 && byte <= 0x7e)
			break;
	}
	text[length] = '\0';
	return length;
}

static enum key key_of_sequence(const char *text)
{
	if (strcmp(text, "[200~") == 0 || strcmp(text, "[201~") == 0) {
		pasting = text[3] == '0';
		return KEY_NONE;
	}
	for (size_t i = 0; i < sizeof sequences / sizeof *sequences; i++)
		if (strcmp(text, sequences[i].text) == 0)
			return sequences[i].key;
	return *text ? KEY_NONE : KEY_GIVE_UP;
}

static enum key key_of_control(unsigned char byte)
{
	for (size_t i = 0; i < sizeof controls / sizeof *controls; i++)
		if (controls[i].byte == byte)
			return controls[i].key;
	return KEY_NONE;
}

/* All text that waits, so that a paste is searched once; a newline within it is a blank. */
static enum key read_text(struct screen *screen, struct typed *typed)
{
	typed->length = 0;
	while (typed->length + 4 < sizeof typed->text && at < used) {
		unsigned char byte = input[at];
		bool inside = pasting || at + 1 < used;
		if ((byte == '\r' || byte == '\n') && inside)
			byte = ' ';
		if (byte < 0x20 || byte == 0x7f)
			break;
		at++;
		typed->text[typed->length++] = (char)byte;
		/* The rest of a character that was cut in two. */
		if (at == used && byte >= 0x80) {
			bool valid;
			size_t tail = typed->length;
			while (tail > 1 && ((unsigned char)typed->text[tail - 1] & 0xC0) == 0x80)
				tail--;
			utf8_step((struct bytes){typed->text + tail - 1, typed->length - tail + 1}, &valid);
			if (!valid)
				more(screen, ESCAPE_MS);
		}
	}
	return typed->length ? KEY_TEXT : KEY_NONE;
}

enum key read_key(struct screen *screen, struct typed *typed, int wait)
{
	char sequence[32];
	bool there = more(screen, wait);
	if (screen_ended)
		return KEY_GONE;
	if (screen_resized)
		return KEY_RESIZED;
	if (!there)
		return KEY_NONE;
	unsigned char byte = input[at];
	if (byte == 27) {
		at++;
		read_sequence(screen, sequence, sizeof sequence);
		return key_of_sequence(sequence);
	}
	bool newline = (byte == '\r' || byte == '\n') && (pasting || (at + 1 < used && input[at + 1] >= 0x20));
	if ((byte < 0x20 || byte == 0x7f) && !newline) {
		at++;
		return key_of_control(byte);
	}
	return read_text(screen, typed);
}
