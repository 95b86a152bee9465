/* Opening and giving back: whatever ends us, the terminal is as it was. */
#include "pick/screen.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#define LEAST_ROWS 3

static struct termios saved;
static int terminal = -1;
static bool whole;
static const char leave_whole[] = "\033[?1049l\033[?25h\033[m", leave_part[] = CLEAR_BELOW "\033[?25h\033[m";
volatile sig_atomic_t screen_resized, screen_ended;

static void put(int fd, const char *data, size_t length)
{
	while (length) {
		ssize_t done = write(fd, data, length);
		if (done < 0 && errno != EINTR)
			return;
		if (done > 0) {
			data += done;
			length -= (size_t)done;
		}
	}
}

static void give_back(void)
{
	if (terminal < 0)
		return;
	if (whole)
		put(terminal, leave_whole, sizeof leave_whole - 1);
	else
		put(terminal, leave_part, sizeof leave_part - 1);
	tcsetattr(terminal, TCSANOW, &saved);
}

static void note_resize(int number)
{
	(void)number;
	screen_resized = 1;
}

static void note_end(int number)
{
	screen_ended = number;
}

static void crash(int number)
{
	give_back();
	signal(number, SIG_DFL);
	raise(number);
}

/* Without SA_RESTART: the wait for a key ends, and the loop sees what came. */
static void catch_signals(void)
{
	static const int ends[] = {SIGHUP, SIGINT, SIGTERM, SIGQUIT, SIGPIPE}, crashes[] = {SIGSEGV, SIGBUS, SIGABRT};
	struct sigaction action = {.sa_handler = note_resize};
	sigaction(SIGWINCH, &action, NULL);
	action.sa_handler = note_end;
	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
		sigaction(ends[i], &action, NULL);
	action.sa_handler = crash;
	for (size_t i = 0; i < sizeof crashes / sizeof *crashes; i++)
		sigaction(crashes[i], &action, NULL);
	signal(SIGTTOU, SIG_IGN);
	signal(SIGTSTP, SIG_IGN);
}

void measure(struct screen *screen)
{
	struct winsize size = {0};
	screen_resized = 0;
	ioctl(screen->fd, TIOCGWINSZ, &size);
	screen->rows = size.ws_row ? size.ws_row : 24;
	screen->columns = size.ws_col ? size.ws_col : 80;
	int height = screen->percent >= 100 ? screen->rows : screen->rows * screen->percent / 100;
	if (height < 8)
		height = 8;
	screen->height = height < screen->rows ? height : screen->rows;
}

/* Rows that are not there yet are made by scrolling. */
static void make_room(struct screen *screen)
{
	char text[32];
	if (whole) {
		add_text(&screen->out, "\033[?1049h\033[H");
		return;
	}
	if (screen->below)
		add_text(&screen->out, "\r\n");
	add_text(&screen->out, CLEAR_BELOW);
	for (int row = 1; row < screen->height; row++)
		add_char(&screen->out, '\n');
	struct buffer up = buffer_in(text, sizeof text);
	if (screen->height > 1) {
		add_text(&up, "\033[");
		add_unsigned(&up, (uint64_t)screen->height - 1);
		add_char(&up, 'A');
	}
	add_bytes(&screen->out, text, up.length);
}

static bool is_dumb(void)
{
	const char *name = getenv("TERM");
	return !name || !*name || strcmp(name, "dumb") == 0 || strcmp(name, "unknown") == 0;
}

bool open_screen(struct screen *screen)
{
	const char *none = getenv("NO_COLOR");
	screen->fd = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (is_dumb() || screen->fd < 0 || tcgetattr(screen->fd, &saved) != 0)
		return false;
	measure(screen);
	if (screen->rows < LEAST_ROWS)
		return false;
	screen->colour = !none || !*none;
	struct termios raw = saved;
	raw.c_iflag &= ~(tcflag_t)(IGNBRK | BRKINT | PARMRK | ISTRIP | INLCR | IGNCR | ICRNL | IXON);
	raw.c_lflag &= ~(tcflag_t)(ECHO | ECHONL | ICANON | ISIG | IEXTEN);
	raw.c_oflag |= OPOST | ONLCR;
	raw.c_cc[VMIN] = 1;
	raw.c_cc[VTIME] = 0;
	whole = screen->percent >= 100;
	catch_signals();
	terminal = screen->fd;
	tcsetattr(screen->fd, TCSADRAIN, &raw);
	make_room(screen);
	write_screen(screen);
	return true;
}

void close_screen(struct screen *screen)
{
	give_back();
	if (!whole && screen->below)
		put(screen->fd, "\033[A", 3);
	close(screen->fd);
	terminal = -1;
}

void write_screen(struct screen *screen)
{
	put(screen->fd, screen->out.data, screen->out.length);
	screen->out.length = 0;
	screen->out.full = false;
}
