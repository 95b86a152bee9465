#ifdef __linux__
#include "trace/joined.h"

#include "trace/proc.h"

#include "lib/base/buffer.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* By a copy of the descriptor: /proc would have to make up a folder and a link first. */
static bool stat_copy(int pidfd, int number, struct stat *file)
{
	int fd = (int)syscall(SYS_pidfd_getfd, pidfd, number, 0);
	bool known = fd >= 0 && fstat(fd, file) == 0;
	int error = errno;
	if (fd >= 0)
		close(fd);
	errno = error;
	return known;
}

static bool stat_descriptor(pid_t pid, int pidfd, int number, struct stat *file)
{
	char name[48];
	if (pidfd >= 0 && stat_copy(pidfd, number, file))
		return true;
	if (pidfd >= 0 && errno == EBADF)
		return false;
	snprintf(name, sizeof name, "/proc/%d/fd/%d", (int)pid, number);
	return stat(name, file) == 0;
}

static const char *kind_of(const struct stat *file)
{
	return S_ISFIFO(file->st_mode)   ? "=pipe:"
	       : S_ISSOCK(file->st_mode) ? "=socket:"
	       : S_ISREG(file->st_mode)  ? "=file:"
					 : NULL;
}

void read_joined(pid_t pid, int pidfd, char text[JOINED_MAX], bool *tty)
{
	struct buffer to = buffer_in(text, JOINED_MAX - 1);
	struct stat file;
	*tty = false;
	for (int number = 0; number <= 2; number++) {
		if (!stat_descriptor(pid, pidfd, number, &file))
			continue;
		const char *kind = kind_of(&file);
		*tty = *tty || (number == 0 && is_terminal(&file));
		if (!kind)
			continue;
		if (to.length)
			add_char(&to, ' ');
		add_unsigned(&to, (unsigned)number);
		add_text(&to, kind);
		add_unsigned(&to, file.st_dev);
		add_char(&to, ':');
		add_unsigned(&to, file.st_ino);
	}
	text[to.length] = '\0';
}
#else
typedef int not_on_this_system;
#endif
