#include "hook/show.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Decodes one UTF-8 character; returns its length, or 0 where the bytes are none. */
static size_t decode(const unsigned char *at, unsigned long *code)
{
	static const unsigned long least[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t length = *at < 0x80 ? 1 : *at >= 0xf0 && *at < 0xf5 ? 4 : *at >= 0xe0 && *at < 0xf0 ? 3 : *at >= 0xc2 && *at < 0xe0 ? 2 : 0;
	if (length == 0) return 0;
    *code = length == 1 ? *at : *at & (0xff >> (length + 1));
	for (size_t i = 1; i < length; i++) {
		if ((at[i] & 0xc0) != 0x80) return 0;
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

static int escape(char *out, size_t size, unsigned long code, size_t length)
{
	if (code == '\n') return snprintf(out, size, "\\n");
	if (code == '\t') return snprintf(out, size, "\\t");
	if (length == 1) return snprintf(out, size, "\\x%02lx", code);
	return snprintf(out, size, "\\u{%lx}", code);
}

char *printable(const char *text, char *value, size_t size)
{
	const unsigned char *at = (const unsigned char *)text;
	size_t used = 0;
	while (*at) {
		unsigned long code = 0;
		size_t length = decode(at, &code);
		if (used + 16 > size) {
			memcpy(value + used, "...", 4);
			return value;
		}
		if (length == 0 || is_hidden(code)) {
			used += (size_t)escape(value + used, size - used, length ? code : *at, length ? length : 1);
		} else {
			memcpy(value + used, at, length);
			used += length;
		}
		at += length ? length : 1;
	}
	value[used] = '\0';
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

void tell(int terminal, const char *format, ...)
{
	char line[4096] = "caro: ";
	va_list arguments;
	va_start(arguments, format);
	int length = vsnprintf(line + 6, sizeof line - 8, format, arguments);
	va_end(arguments);
	if (length < 0) return;
	size_t end = 6 + ((size_t)length < sizeof line - 8 ? (size_t)length : sizeof line - 9);
	line[end++] = '\n';
	ssize_t ignored = write(terminal, line, end);
	(void)ignored;
}

void tell_dim(int terminal, const char *text)
{
	char line[4200];
	int length = snprintf(line, sizeof line, "\033[2mcaro: %s\033[0m\n", text);
	ssize_t ignored = write(terminal, line, (size_t)length);
	(void)ignored;
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
