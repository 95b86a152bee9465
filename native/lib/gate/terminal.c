#include "lib/gate/terminal.h"

#include "lib/base/buffer.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LINE_BYTES 4096
/* Room for the longest escape, or for "...", and the NUL. */
#define ESCAPE_MAX 16

/* Decodes one UTF-8 character; returns its length, or 0 where the bytes are none. */
static size_t decode(const unsigned char *at, unsigned long *code)
{
	static const unsigned long least[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t length = *at < 0x80                  ? 1
			: *at >= 0xf0 && *at < 0xf5 ? 4
			: *at >= 0xe0 && *at < 0xf0 ? 3
			: *at >= 0xc2 && *at < 0xe0 ? 2
						    : 0;
	if (length == 0)
		return 0;
	*code = length == 1 ? *at : *at & (0xff >> (length + 1));
	for (size_t i = 1; i < length; i++) {
		if ((at[i] & 0xc0) != 0x80)
			return 0;
		*code = *code << 6 | (at[i] & 63);
	}
	return *code < least[length] ? 0 : length;
}

/* Control characters, and those of Unicode that hide or reorder what stands around them (UAX 9; zero width). */
static int is_hidden(unsigned long code)
{
	return code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0xad || code == 0x61c || code == 0xfeff ||
	       (code >= 0x200b && code <= 0x200f) || (code >= 0x2028 && code <= 0x202e) ||
	       (code >= 0x2060 && code <= 0x206f) || (code >= 0xe0000 && code <= 0xe0fff);
}

static void add_escape(struct buffer *to, unsigned long code, bool one_byte)
{
	if (code == '\n' || code == '\t') {
		add_text(to, code == '\n' ? "\\n" : "\\t");
	} else if (one_byte) {
		unsigned char byte = (unsigned char)code;
		add_text(to, "\\x");
		add_hex(to, &byte, 1);
	} else {
		char digits[8];
		size_t count = 0;
		for (; code; code >>= 4)
			digits[count++] = "0123456789abcdef"[code & 15];
		add_text(to, "\\u{");
		while (count)
			add_char(to, digits[--count]);
		add_char(to, '}');
	}
}

char *printable(const char *text, char *value, size_t size)
{
	const unsigned char *at = (const unsigned char *)text;
	struct buffer shown = buffer_in(value, size);
	while (*at) {
		unsigned long code = 0;
		size_t length = decode(at, &code);
		if (shown.length + ESCAPE_MAX > size) {
			add_text(&shown, "...");
			break;
		}
		if (length == 0 || is_hidden(code))
			add_escape(&shown, length ? code : *at, length <= 1);
		else
			add_bytes(&shown, at, length);
		at += length ? length : 1;
	}
	end_text(&shown);
	return value;
}

int open_terminal(void)
{
	int terminal = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
	return terminal >= 0 ? terminal : STDERR_FILENO;
}

void start_new_line(void)
{
	int terminal = open_terminal();
	ssize_t ignored = write(terminal, "\n", 1);
	(void)ignored;
}

static void write_line(int terminal, const char *before, const char *front, const char *text, const char *after)
{
	char memory[LINE_BYTES];
	struct buffer line = buffer_in(memory, sizeof memory - strlen(after));
	add_text(&line, before);
	add_bytes(&line, front, strnlen(front, line.capacity - line.length));
	add_bytes(&line, text, strnlen(text, line.capacity - line.length));
	line.capacity = sizeof memory;
	add_text(&line, after);
	ssize_t ignored = write(terminal, line.data, line.length);
	(void)ignored;
}

void tell(int terminal, const char *front, const char *text)
{
	write_line(terminal, "caro: ", front, text, "\n");
}

static bool is_set(const char *variable)
{
	const char *value = getenv(variable);
	return value && *value;
}

void tell_offer(int terminal, const char *text, const char *bright)
{
	char front[LINE_BYTES];
	const char *at = *bright ? strstr(text, bright) : NULL;
	size_t length = at ? (size_t)(at - text) : 0;
	if (is_set("NO_COLOR") || is_set("CARO_NO_COLOR")) {
		tell(terminal, text, "");
		return;
	}
	struct buffer line = buffer_in(front, sizeof front);
	add_bytes(&line, text, length);
	if (at) {
		add_text(&line, "\033[0;1m");
		add_text(&line, bright);
		add_text(&line, "\033[0;2m");
		text = at + strlen(bright);
	}
	write_line(terminal, "\033[2mcaro: ", end_text(&line) ? front : "", text, "\033[0m\n");
}

void verdict_sentence(const struct verdict *verdict, char *text, size_t size)
{
	char reason[2048], rule[160];
	struct buffer sentence = buffer_in(text, size);
	add_text(&sentence,
		 printable(verdict->reason[0] ? verdict->reason : "this line is risky", reason, sizeof reason));
	if (verdict->rule[0]) {
		add_text(&sentence, " [");
		add_text(&sentence, printable(verdict->rule, rule, sizeof rule));
		add_char(&sentence, ']');
	}
	end_text(&sentence);
}

void show_verdict(int terminal, const char *front, const struct verdict *verdict)
{
	char sentence[SENTENCE_BYTES], instead[2100];
	verdict_sentence(verdict, sentence, sizeof sentence);
	tell(terminal, front, sentence);
	if (verdict->instead[0])
		tell(terminal, "safer: ", printable(verdict->instead, instead, sizeof instead));
}

bool is_typeable(const char *text)
{
	for (const unsigned char *at = (const unsigned char *)text; *at;) {
		unsigned long code = 0;
		size_t length = decode(at, &code);
		if (length == 0 || (is_hidden(code) && code != '\n'))
			return false;
		at += length;
	}
	return true;
}
