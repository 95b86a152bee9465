#include "relay/terminal.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* O_NONBLOCK on standard input itself would be seen by every process that shares its open file description: the
 * shell above would read EAGAIN once we are gone. */
bool open_real_terminal(struct terminal *terminal)
{
	const char *name;
	if (tcgetattr(STDIN_FILENO, &terminal->saved) != 0 || !isatty(STDOUT_FILENO))
		return false;
	terminal->fd = open("/dev/tty", O_RDWR | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (terminal->fd < 0 && (name = ttyname(STDIN_FILENO)) != NULL)
		terminal->fd = open(name, O_RDWR | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	return terminal->fd >= 0;
}

void make_raw(const struct terminal *terminal)
{
	struct termios raw = terminal->saved;
	raw.c_iflag &= ~(tcflag_t)(IGNBRK | BRKINT | PARMRK | ISTRIP | INLCR | IGNCR | ICRNL | IXON);
	raw.c_oflag &= ~(tcflag_t)OPOST;
	raw.c_lflag &= ~(tcflag_t)(ECHO | ECHONL | ICANON | ISIG | IEXTEN);
	raw.c_cflag &= ~(tcflag_t)(CSIZE | PARENB);
	raw.c_cflag |= CS8;
	raw.c_cc[VMIN] = 1;
	raw.c_cc[VTIME] = 0;
	tcsetattr(terminal->fd, TCSADRAIN, &raw);
}

/* A shell above that was told of our death first has put its own settings: they stay. */
void restore_terminal(const struct terminal *terminal)
{
	if (tcgetpgrp(terminal->fd) == getpgrp())
		tcsetattr(terminal->fd, TCSANOW, &terminal->saved);
}

bool open_pty(struct pty *pty, const struct terminal *terminal)
{
	const char *name;
	pty->master = posix_openpt(O_RDWR | O_NOCTTY);
	if (pty->master < 0)
		return false;
	fcntl(pty->master, F_SETFD, FD_CLOEXEC);
	fcntl(pty->master, F_SETFL, O_NONBLOCK);
	if (grantpt(pty->master) != 0 || unlockpt(pty->master) != 0 || !(name = ptsname(pty->master)) ||
	    strlen(name) >= sizeof pty->name)
		return false;
	strcpy(pty->name, name);
	/* Held from the start: a master without a slave reads as hung up. */
	pty->slave = open(pty->name, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (pty->slave < 0)
		return false;
	tcsetattr(pty->slave, TCSANOW, &terminal->saved);
	copy_size(terminal, pty->master);
	return true;
}

bool copy_size(const struct terminal *terminal, int master)
{
	struct winsize size, before;
	if (ioctl(terminal->fd, TIOCGWINSZ, &size) != 0)
		return false;
	bool changes = ioctl(master, TIOCGWINSZ, &before) != 0 || memcmp(&size, &before, sizeof size) != 0;
	return ioctl(master, TIOCSWINSZ, &size) == 0 && changes;
}

int columns_now(const struct terminal *terminal)
{
	struct winsize size;
	return ioctl(terminal->fd, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}
