#include "hook/patience.h"

#include "hook/request.h"
#include "hook/start_daemon.h"
#include "lib/base/xdg.h"
#include "lib/gate/exec_gate.h"
#include "lib/gate/reply.h"
#include "lib/gate/terminal.h"
#include "lib/lines/plain_text.h"
#include "lib/wire/wire.h"

#include <poll.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#define PATIENCE_MS 2000
#define SILENT_MS 250 /* what takes longer is said */
#define AGAIN_MS 40   /* a daemon that starts, or loads its rules, is asked again after this time */

static const int from_keys[] = {SIGINT, SIGQUIT, SIGTSTP};
enum { KEYS = sizeof from_keys / sizeof *from_keys };

static volatile sig_atomic_t interrupted;

static void note_signal(int number)
{
	interrupted = number;
}

/* A name that is too long for the buffer is no program's. */
static bool names_guarded(const struct runtime_conf *conf, const char *word, size_t length)
{
	char name[256];
	for (size_t i = 0; i < length; i++)
		if (word[i] == '/')
			word += i + 1, length -= i + 1, i = (size_t)-1;
	if (length >= sizeof name)
		return false;
	memcpy(name, word, length);
	name[length] = '\0';
	return is_guarded_program(conf, name);
}

bool may_be_objected_to(const struct runtime_conf *conf, const struct line *line)
{
	size_t first = 0;
	if (!line->known || line->cut || next_entry(conf, CONF_PROGRAM, &first) == NULL)
		return true;
	if (!has_plain_characters(line->text))
		return true;
	for (const char *word = line->text; *word;) {
		size_t length = strcspn(word, " =");
		if (names_guarded(conf, word, length))
			return true;
		word += length + strspn(word + length, " =");
	}
	return false;
}

bool has_verdict(const struct exchange *exchange)
{
	struct verdict verdict;
	if (!exchange->reply)
		return false;
	read_verdict(exchange->reply, &verdict);
	return !verdict.partial;
}

/* Until there is something to read, that time has come, or a key ends it. False: it was the time. */
static bool wait_for_answer(int fd, int64_t until)
{
	struct pollfd answer = {.fd = fd, .events = POLLIN};
	int64_t left;
	while (!interrupted && (left = until - wire_clock()) > 0)
		if (poll(&answer, fd >= 0, (int)(left / 1000) + 1) > 0)
			return true;
	return interrupted;
}

static bool is_on_its_way(const struct runtime_conf *conf)
{
	char state[PATH_SPACE];
	return conf->auto_start && xdg_path(XDG_STATE, "", state) && start_daemon(state);
}

static void say_waiting(const struct options *options)
{
	int terminal = open_terminal();
	/* fish asks from within its line editor: the cursor stands behind the line. */
	if (!strcmp(options->shell, "fish"))
		start_new_line();
	tell(terminal, "waiting for the daemon's verdict (ctrl-c: leave the line unrun)", "");
	if (terminal != STDERR_FILENO)
		close(terminal);
}

/* One question, with the time that is left. */
static enum patience ask_once(struct exchange *exchange, const struct options *options, struct runtime_conf *conf,
			      const struct line *line, int64_t said_at, int64_t end, bool *told)
{
	conf->timeout_ms = (int)((end - wire_clock()) / 1000) + 1;
	*exchange = new_exchange(conf->timeout_ms);
	begin_preexec(exchange, options, conf, line);
	if (exchange->result == WIRE_ABSENT && !is_on_its_way(conf))
		return PATIENCE_NO_DAEMON;
	bool asked = exchange->result == WIRE_OK;
	int64_t again = wire_clock() + AGAIN_MS * 1000, until = asked || again > end ? end : again;
	if (!*told && !wait_for_answer(exchange->fd, said_at < until ? said_at : until) && wire_clock() >= said_at) {
		say_waiting(options);
		*told = true;
	}
	if (!interrupted)
		wait_for_answer(exchange->fd, until);
	end_exchange(exchange);
	if (interrupted)
		return PATIENCE_BROKEN_OFF;
	return has_verdict(exchange) ? PATIENCE_JUDGED : PATIENCE_UNANSWERED;
}

static enum patience ask_until(struct exchange *exchange, const struct options *options, struct runtime_conf *conf,
			       const struct line *line, bool *told)
{
	int64_t begin = wire_clock(), end = begin + PATIENCE_MS * 1000;
	enum patience found;
	do {
		found = ask_once(exchange, options, conf, line, begin + SILENT_MS * 1000, end, told);
		if (found == PATIENCE_UNANSWERED && exchange->reply)
			wait_for_answer(-1, wire_clock() + AGAIN_MS * 1000);
	} while (found == PATIENCE_UNANSWERED && exchange->result != WIRE_MISS && exchange->result != WIRE_REFUSED &&
		 wire_clock() < end);
	return found;
}

enum patience ask_patiently(struct exchange *exchange, const struct options *options, struct runtime_conf *conf,
			    const struct line *line, bool *told)
{
	struct sigaction note = {.sa_handler = note_signal}, before[KEYS];
	struct options asked = *options;
	int timeout_ms = conf->timeout_ms;
	asked.breaker_until = 0;
	sigemptyset(&note.sa_mask);
	interrupted = 0;
	for (int i = 0; i < KEYS; i++)
		sigaction(from_keys[i], &note, &before[i]);
	enum patience found = ask_until(exchange, &asked, conf, line, told);
	for (int i = 0; i < KEYS; i++)
		sigaction(from_keys[i], &before[i], NULL);
	conf->timeout_ms = timeout_ms;
	return found;
}
