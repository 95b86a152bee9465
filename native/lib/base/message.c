#include "lib/base/message.h"

#include "lib/base/buffer.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static void add_printable(struct buffer *to, const char *text)
{
	for (; *text; text++) {
		/* C1, of two bytes in UTF-8; and U+2000 to U+207F, of three, among which are those that turn or hide
		 * text: dashes and quotation marks go too. */
		size_t bad = (unsigned char)text[0] == 0xC2 && (unsigned char)text[1] - 0x80u < 0x20;
		if ((unsigned char)text[0] == 0xE2 && ((unsigned char)text[1] | 1) == 0x81 && text[2])
			bad = 2;
		text += bad;
		add_char(to, bad || (unsigned char)*text < 0x20 || *text == 0x7F ? '?' : *text);
	}
}

void say(const char *const parts[])
{
	char memory[2048];
	struct buffer line = buffer_in(memory, sizeof memory - 1);
	for (; *parts; parts++)
		add_printable(&line, *parts);
	memory[line.length++] = '\n';
	(void)!write(STDERR_FILENO, memory, line.length);
}

const char *exec_error(int error)
{
	static const struct {
		int error;
		const char *words;
	} table[] = {
		{E2BIG, "argument list too long"},     {EACCES, "permission denied"},
		{EAGAIN, "too many processes"},        {EISDIR, "is a directory"},
		{ELOOP, "too many symbolic links"},    {EMFILE, "too many open files"},
		{ENAMETOOLONG, "name too long"},       {ENFILE, "too many open files"},
		{ENOENT, "no such file or directory"}, {ENOEXEC, "exec format error"},
		{ENOMEM, "not enough memory"},         {ENOTDIR, "not a directory"},
		{EPERM, "operation not permitted"},    {ETXTBSY, "text file busy"},
	};
	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		if (table[i].error == error)
			return table[i].words;
	return "cannot be executed";
}
