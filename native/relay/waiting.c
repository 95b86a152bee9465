#include "relay/waiting.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* proc(5): the state stands behind the name, which may hold anything. Where there is no /proc, the terminal's settings
 * have to do. */
static bool is_asleep(pid_t process)
{
	char path[40], stat[512];
	snprintf(path, sizeof path, "/proc/%ld/stat", (long)process);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return true;
	ssize_t length = read(fd, stat, sizeof stat - 1);
	close(fd);
	stat[length > 0 ? length : 0] = '\0';
	const char *end = strrchr(stat, ')');
	return end && end[1] == ' ' && end[2] == 'S';
}

bool waits_for_keys(const struct pty *pty, pid_t shell)
{
	struct termios now;
	int unread;
	return is_asleep(shell) && tcgetpgrp(pty->master) == shell && tcgetattr(pty->slave, &now) == 0 &&
	       !(now.c_lflag & ICANON) && ioctl(pty->slave, FIONREAD, &unread) == 0 && unread == 0;
}
