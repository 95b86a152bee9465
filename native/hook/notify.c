#include "hook/notify.h"

#include "lib/base/buffer.h"
#include "lib/gate/terminal.h"
#include "lib/wire/wire.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define QUIET_SECONDS 5
#define TEXT_MAX 512

enum way { WAY_NONE, WAY_OSC_9, WAY_OSC_99, WAY_OSC_777 };

/* Names as the terminals set them in TERM and TERM_PROGRAM: a part of the value. OSC 9 is iTerm2's, 99 kitty's
 * (it shows nothing while its window has the focus), 777 rxvt-unicode's. */
static const struct {
	const char *part;
	enum way way;
} terminals[] = {
	{"kitty", WAY_OSC_99},       {"iTerm", WAY_OSC_9},  {"WezTerm", WAY_OSC_9}, {"ghostty", WAY_OSC_9},
	{"WarpTerminal", WAY_OSC_9}, {"foot", WAY_OSC_777}, {"rxvt", WAY_OSC_777},  {"vte", WAY_OSC_777},
};

static const char *variable(const char *name)
{
	const char *value = getenv(name);
	return value ? value : "";
}

static enum way way_of_terminal(void)
{
	const char *names[] = {variable("TERM_PROGRAM"), variable("TERM"), variable("LC_TERMINAL")};
	if (*variable("KITTY_WINDOW_ID"))
		return WAY_OSC_99;
	if (*variable("WT_SESSION") || *variable("ConEmuPID"))
		return WAY_OSC_9;
	for (size_t n = 0; n < sizeof names / sizeof *names; n++)
		for (size_t i = 0; i < sizeof terminals / sizeof *terminals; i++)
			if (strstr(names[n], terminals[i].part))
				return terminals[i].way;
	return *variable("VTE_VERSION") ? WAY_OSC_777 : WAY_NONE;
}

/* Whoever types now sees the prompt. The time of the last read is the terminal's (tty(4): Linux rounds it to 8 s). */
static bool typed_lately(int terminal)
{
	struct stat status;
	int waiting = 0;
	if (!isatty(terminal))
		return false;
	if (ioctl(terminal, FIONREAD, &waiting) == 0 && waiting > 0)
		return true;
	return fstat(terminal, &status) == 0 && time(NULL) - status.st_atime < QUIET_SECONDS;
}

static void write_sequence(int terminal, enum way way, const char *text)
{
	char memory[TEXT_MAX * 2];
	struct buffer out = buffer_in(memory, sizeof memory);
	/* tmux(1), allow-passthrough: each escape doubled, between DCS and ST. */
	bool in_tmux = *variable("TMUX") != '\0';
	add_text(&out, in_tmux ? "\033Ptmux;\033\033]" : "\033]");
	add_text(&out, way == WAY_OSC_9 ? "9;" : way == WAY_OSC_99 ? "99;i=caro:o=unfocused;" : "777;notify;caro;");
	add_text(&out, text);
	add_text(&out, in_tmux ? "\a\033\\" : "\a");
	if (!out.full && write(terminal, out.data, out.length) < 0)
		return;
}

static void tell_desktop(const char *text)
{
	if (!*variable("DISPLAY") && !*variable("WAYLAND_DISPLAY"))
		return;
	/* Twice, so that nobody has to wait for it. */
	if (fork() != 0)
		return;
	if (fork() != 0)
		_exit(0);
	for (int fd = 0; fd < 1024; fd++)
		close(fd);
	execlp("notify-send", "notify-send", "--app-name=caro", "caro", text, (char *)NULL);
	_exit(127);
}

void notify_end(const char *reply)
{
	char said[TEXT_MAX / 2], text[TEXT_MAX];
	int terminal = open_terminal();
	if (wire_string(reply, "notify", said, sizeof said) <= 0 || typed_lately(terminal))
		return;
	printable(said, text, sizeof text);
	enum way way = way_of_terminal();
	if (way != WAY_NONE)
		write_sequence(terminal, way, text);
	else
		tell_desktop(text);
}
