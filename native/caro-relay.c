/* caro-relay: runs a shell on a pseudo terminal of its own and copies bytes both ways, so that what the last command
 * printed is known without running it again.
 *
 *   caro-relay [--front FD,PID | --record FD,BYTES,PATH] [-- FILE ARG0 [ARG...]]
 *
 * FD is a socket to a line editor in front of the shell (relay/front.h), our child PID; or a file for what the terminal
 * shows (relay/recording.h), PATH its name, at most so many BYTES.
 * FILE runs with the arguments ARG0 ARG...; without them $SHELL runs, as a login shell where our own name begins with
 * "-". It finds CARO_RELAY=TOKEN:TERMINAL:SOCKET in its environment; relay/capture.h has the marks between which
 * output is kept, relay/answer.h how to ask for it. But for a recording nothing is ever written to a disk.
 *
 * Three processes: this one waits and gives the terminal back, whatever becomes of the second, which copies; the third
 * is FILE, leader of a session of its own. Where standard input or output is no terminal, or a relay stands above this
 * terminal already, and where there is no pseudo terminal, FILE takes our place at once. The end is FILE's: the same
 * exit status or signal. 100: usage. 111: no memory. 126, 127: FILE can't be executed. */
#include "lib/base/message.h"
#include "lib/gate/panic_switch.h"
#include "lib/wire/relay_variable.h"
#include "lib/base/system.h"
#include "relay/environment.h"
#include "relay/pump.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

struct command {
	const char *file;
	char **argv;
};

/* How long a front may take to give the terminal back. */
#define FRONT_TURNS 200
#define FRONT_TURN_US 5000

static struct relay relay;
static struct sigaction inherited[NSIG];
static pid_t copier;
static int front_socket = -1;
static pid_t front_process;

static int usage(void)
{
	SAY("caro-relay: usage: caro-relay [-- FILE ARG0 [ARG...]]");
	return 100;
}

static const char *usual_shell(void)
{
	const char *shell = getenv("SHELL");
	const struct passwd *user;
	if (shell && *shell)
		return shell;
	user = getpwuid(geteuid());
	return user && user->pw_shell && *user->pw_shell ? user->pw_shell : "/bin/sh";
}

/* FD,PID */
static bool read_front(const char *text)
{
	char *end;
	front_socket = (int)strtol(text, &end, 10);
	if (end == text || *end != ',' || front_socket < 3)
		return false;
	front_process = (pid_t)strtol(end + 1, &end, 10);
	return *end == '\0' && front_process > 0;
}

static bool read_command(struct command *command, int argc, char **argv)
{
	static char name[256];
	static char *words[2] = {name};
	relay.recording.fd = -1;
	if (argc >= 3 && (!strcmp(argv[1], "--front") || !strcmp(argv[1], "--record"))) {
		if (argv[1][2] == 'f' ? !read_front(argv[2]) : !read_recording(&relay.recording, argv[2]))
			return false;
		argc -= 2;
		argv += 2;
	}
	if (argc >= 4 && !strcmp(argv[1], "--")) {
		command->file = argv[2];
		command->argv = argv + 3;
		return true;
	}
	if (argc > 1)
		return false;
	command->file = usual_shell();
	const char *slash = strrchr(command->file, '/');
	snprintf(name, sizeof name, "%s%s", argc && argv[0][0] == '-' ? "-" : "", slash ? slash + 1 : command->file);
	command->argv = words;
	return true;
}

static _Noreturn void run_command(const struct command *command)
{
	name_shell();
	execv(command->file, command->argv);
	int error = errno;
	SAY(command->file, ": ", exec_error(error));
	_exit(error == ENOENT || error == ENOTDIR ? 127 : 126);
}

static bool stands_below_relay(void)
{
	struct relay_variable above;
	int fd = read_relay_variable(getenv(RELAY_VARIABLE), &above) ? open_relay_terminal(&above) : -1;
	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

/* How the signals stood before us, for FILE. */
static void note_signals(void)
{
	for (int number = 1; number < NSIG; number++)
		sigaction(number, NULL, &inherited[number]);
}

static void give_signals_back(void)
{
	for (int number = 1; number < NSIG; number++)
		if (inherited[number].sa_handler == SIG_IGN || inherited[number].sa_handler == SIG_DFL)
			sigaction(number, &inherited[number], NULL);
}

static bool put_variable(const char token[TOKEN_DIGITS])
{
	char value[256];
	int length =
		snprintf(value, sizeof value, "%.*s:%s:%s", TOKEN_DIGITS, token, relay.pty.name, relay.answering.path);
	return length > 0 && (size_t)length < sizeof value && setenv(RELAY_VARIABLE, value, 1) == 0;
}

static bool make_token(char token[TOKEN_DIGITS])
{
	unsigned char bytes[TOKEN_DIGITS / 2];
	int fd = open("/dev/urandom", O_RDONLY | O_CLOEXEC);
	bool made = fd >= 0 && read(fd, bytes, sizeof bytes) == (ssize_t)sizeof bytes;
	close(fd);
	for (size_t i = 0; i < sizeof bytes; i++) {
		token[2 * i] = "0123456789abcdef"[bytes[i] >> 4];
		token[2 * i + 1] = "0123456789abcdef"[bytes[i] & 15];
	}
	return made;
}

static _Noreturn void run_shell(const struct command *command)
{
	setsid();
	ioctl(relay.pty.slave, TIOCSCTTY, 0);
	for (int fd = 0; fd <= 2; fd++)
		dup2(relay.pty.slave, fd);
	give_signals_back();
	run_command(command);
}

/* The second process. */
static _Noreturn void copy_for(const struct command *command)
{
	if (!prepare_pump() || (relay.shell = fork()) < 0)
		_exit(111);
	if (relay.shell == 0)
		run_shell(command);
	relay.front.shell = relay.shell;
	greet_front(&relay.front);
	if (relay.front.fd < 0)
		close(relay.pty.slave);
	forbid_core(); /* the output would stand in it */
	make_raw(&relay.terminal);
	start_recording(&relay.recording, &relay.terminal, relay.shell);
	struct outcome outcome = pump(&relay);
	remove_pipes(relay.answering.folder);
	stop_answering(&relay.answering);
	restore_terminal(&relay.terminal);
	end_recording(&relay.recording);
	tell_recording(&relay.recording);
	end_like(outcome);
}

static void pass_on(int number)
{
	kill(copier, number);
}

static struct outcome wait_for_copier(void)
{
	int status;
	struct outcome outcome = {0};
	pid_t ended;
	/* Whoever became us by exec may have had children: they are ours now. */
	while ((ended = waitpid(-1, &status, 0)) != copier && (ended > 0 || errno == EINTR))
		;
	outcome.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
	outcome.exit_code = outcome.signal ? -1 : WEXITSTATUS(status);
	return outcome;
}

/* The front gives the terminal back first, and would do so after us; one that hangs is not waited for. */
static void wait_for_front(void)
{
	for (int turn = 0; front_process && turn < FRONT_TURNS; turn++) {
		if (waitpid(front_process, NULL, WNOHANG) != 0)
			return;
		usleep(FRONT_TURN_US);
	}
	if (front_process)
		kill(front_process, SIGKILL);
}

/* A copier that was killed leaves the modes that the programs below had switched on: the other screen, mouse reports,
 * bracketed paste, a hidden cursor. */
static void give_terminal_back(struct outcome outcome)
{
	static const char modes[] =
		"\033[?1049l\033[?1000l\033[?1002l\033[?1003l\033[?1006l\033[?2004l\033[?25h\033[m\r\n";
	wait_for_front();
	restore_terminal(&relay.terminal);
	if (outcome.signal == SIGKILL) {
		ssize_t ignored = write(relay.terminal.fd, modes, sizeof modes - 1);
		(void)ignored;
		remove_pipes(relay.answering.folder);
		stop_answering(&relay.answering);
	}
}

/* The first process. */
static _Noreturn void wait_and_end(void)
{
	struct sigaction action = {.sa_handler = pass_on};
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
	struct outcome outcome = wait_for_copier();
	give_terminal_back(outcome);
	end_like(outcome);
}

static void see_relayed_output(void *self, const char *data, size_t length)
{
	see_output(&((struct relay *)self)->grey, data, length);
	record_output(&((struct relay *)self)->recording, data, length);
}

static void see_relayed_mark(void *self, char kind, const char *tag, size_t length)
{
	see_mark(&((struct relay *)self)->grey, kind, tag, length);
	if (kind == 'B')
		record_prompt(&((struct relay *)self)->recording, tag, length);
}

static bool record_as_asked(void *self, char *text)
{
	struct relay *asked = self;
	return text ? begin_recording(&asked->recording, text, &asked->terminal, asked->shell)
		    : end_recording(&asked->recording);
}

static size_t divert_relayed(void *self, char *data, size_t length)
{
	return divert_output(&((struct relay *)self)->front, data, length);
}

static void see_relayed_front_mark(void *self, const char *text, size_t length)
{
	see_front_mark(&((struct relay *)self)->front, text, length);
}

/* Its marks have a token of their own, which no program below the shell is told. */
static bool place_front(void)
{
	char token[TOKEN_DIGITS + 1] = "";
	relay.front.fd = -1;
	if (front_socket < 0)
		return true;
	relay.front.pty = &relay.pty;
	relay.front.terminal = &relay.terminal;
	relay.front.process = front_process;
	relay.grey.never = true; /* the front draws it */
	if (!make_token(token) || !start_front(&relay.front, front_socket, relay.answering.folder))
		return false;
	expect_front(&relay.capture, token);
	relay.capture.watcher.divert = divert_relayed;
	relay.capture.watcher.front_mark = see_relayed_front_mark;
	return setenv(FRONT_VARIABLE, token, 1) == 0;
}

static bool start(void)
{
	char token[TOKEN_DIGITS];
	if (!make_token(token) || !open_pty(&relay.pty, &relay.terminal))
		return false;
	start_capture(&relay.capture, token);
	start_grey(&relay.grey, &relay.terminal, &relay.pty);
	relay.capture.watcher =
		(struct watcher){.output = see_relayed_output, .mark = see_relayed_mark, .self = &relay};
	start_answering(&relay.answering);
	relay.answering.record = record_as_asked;
	relay.answering.self = &relay;
	return put_variable(token) && place_front();
}

int main(int argc, char **argv)
{
	struct command command;
	int alive[2];
	if (!read_command(&command, argc, argv))
		return usage();
	take_handed_environment();
	if (front_socket < 0 && (switched_off() || (relay.recording.fd < 0 && stands_below_relay())))
		run_command(&command);
	if (!open_real_terminal(&relay.terminal))
		run_command(&command);
	note_signals();
	/* Settings are given back from the background too, and a terminal that is gone is seen by read and write. */
	signal(SIGTTOU, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	if (!start() || pipe(alive) != 0 || (copier = fork()) < 0) {
		int error = errno;
		stop_answering(&relay.answering);
		SAY("caro-relay: no pseudo terminal: ", exec_error(error), "; what commands print is not kept");
		unsetenv(RELAY_VARIABLE);
		unsetenv(FRONT_VARIABLE);
		remove_pipes(relay.answering.folder);
		if (front_socket >= 0)
			close(front_socket);
		give_signals_back();
		run_command(&command);
	}
	if (copier > 0) {
		close(relay.pty.master);
		close(relay.pty.slave);
		if (front_socket >= 0)
			close(front_socket);
		if (relay.recording.fd >= 0)
			close(relay.recording.fd);
		wait_and_end();
	}
	close(alive[1]);
	fcntl(alive[0], F_SETFD, FD_CLOEXEC);
	relay.alive = alive[0];
	copy_for(&command);
}
