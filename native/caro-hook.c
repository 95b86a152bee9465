/* caro-hook: what shells call before a line runs and after it failed. One line in, one verdict out.
 * docs/wire.md is the contract. Whatever goes wrong in here or in what it was called with, preexec ends with a verdict:
 * that of the user's rules and the compiled table where nobody else could be asked. */

#include "hook/agent.h"
#include "hook/carry_out.h"
#include "hook/exec.h"
#include "hook/line.h"
#include "hook/mark.h"
#include "hook/notify.h"
#include "hook/options.h"
#include "hook/patience.h"
#include "hook/plain.h"
#include "hook/record.h"
#include "hook/redacted_line.h"
#include "hook/request.h"
#include "hook/start_daemon.h"
#include "hook/undo.h"
#include "lib/base/message.h"
#include "lib/redact/redact.h"
#include "lib/base/runtime_conf.h"
#include "lib/base/xdg.h"
#include "lib/event/identity.h"
#include "lib/gate/ask.h"
#include "lib/gate/compiled_table.h"
#include "lib/gate/panic_switch.h"
#include "lib/gate/reply.h"
#include "lib/gate/shell_policy.h"
#include "lib/gate/terminal.h"
#include "lib/gate/user_rules.h"
#include "lib/process/path_search.h"
#include "lib/wire/breaker.h"

#include <ctype.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define USAGE                                                                                                          \
	"caro: usage: caro-hook "                                                                                      \
	"preexec|postexec|session_end|fix|late|transform|redact|complete|hint|place|wake|id|agent "                    \
	"[OPTION]...\n"

#define COMPLETE_MS 30 /* longest wait for the daemon when a key waits */
#define HINT_MS 500    /* and where a person asked: a manual page may be read for it */

/* The flag of a line that the shell's own history shall not keep. */
#define WITH_SECRET 3
#define TOO_LONG "this line is too long to be judged to its end"

enum { RUN = 0, MISSED = 1, LATER = 2, REFUSE = 2, CHANGED = 4, SHOWN = 8, USAGE_ERROR = 100, SYSTEM_ERROR = 111 };

static struct runtime_conf conf;

static int64_t now_us(void)
{
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static int finish(const struct options *options, int status, int64_t time_us)
{
	if (options->print_number && options->flag >= 0)
		printf("%d", options->flag);
	if (options->print_number)
		printf("%d%016lld", status, (long long)time_us);
	return status;
}

static void touch_breaker(bool missed)
{
	char path[PATH_SPACE];
	if (!xdg_path(XDG_STATE, "breaker", path))
		return;
	if (!missed)
		unlink(path);
	else
		touch_file(path);
}

/* Start a missing daemon, set or clear the breaker; return the breaker's bit. */
static int settle(const struct exchange *exchange, const struct options *options)
{
	char state[PATH_SPACE];
	if (exchange->result == WIRE_ABSENT && conf.auto_start && xdg_path(XDG_STATE, "", state))
		start_daemon(state);
	if (exchange->result == WIRE_REFUSED && options->sequence <= 1) {
		int terminal = open_terminal();
		char reason[1024];
		tell(terminal, "not asking the daemon: ", printable(wire_refusal(), reason, sizeof reason));
	}
	bool missed = exchange->result == WIRE_MISS || exchange->result == WIRE_REFUSED;
	if (missed || (options->breaker_until > 0 && exchange->reply))
		touch_breaker(missed);
	return missed ? MISSED : 0;
}

static void tell_answer(const struct options *options, bool yes)
{
	struct exchange exchange = new_exchange(conf.timeout_ms);
	begin_answer(&exchange, options, &conf, yes);
	end_exchange(&exchange);
}

static enum guard_mode mode_here(void)
{
	char cwd[PATH_SPACE];
	return guard_mode_in(&conf, getcwd(cwd, sizeof cwd));
}

static void judge_by_table(const struct line *line, struct verdict *verdict)
{
	tighten_by_table(verdict, mode_here(), table_judge_line(line->text));
}

/* True if no rule can stop this line; the daemon is then told of it, not asked. */
static bool is_beyond_rules(const struct line *line, const struct verdict *by_user)
{
	if (by_user->action != ACTION_ALLOW || has_shell_policy() || !is_plain(&conf, line))
		return false;
	return mode_here() == GUARD_OFF || !table_judge_line(line->text);
}

/* A line that is not there, or not all of it: only the person knows what it is. A rule of the user's that can't see all
 * of the line holds in every mode. */
static void judge_unread(const struct options *options, const struct line *line, struct verdict *verdict)
{
	size_t first = 0;
	bool has_rules = next_entry(&conf, CONF_RULE, &first) != NULL;
	enum guard_mode mode = mode_here();
	if (!line->read && options->source != LINE_RAN)
		tighten_as_unread(verdict, mode, "this line did not reach Caro: nobody has judged it");
	if (line->cut)
		tighten_as_unread(verdict, has_rules ? GUARD_ACTIVE : mode, TOO_LONG);
}

/* Warn, at most once in 30 s for all shells, that mode active had no judge. */
static void tell_unjudged(const struct exchange *exchange, const struct options *options)
{
	char told[PATH_SPACE];
	struct stat status;
	time_t now = time(NULL);
	if (exchange->result != WIRE_MISS && options->breaker_until <= (int64_t)now)
		return;
	if (mode_here() != GUARD_ACTIVE || !xdg_path(XDG_STATE, "breaker.told", told))
		return;
	if (stat(told, &status) == 0 && now - status.st_mtime < BREAKER_SECONDS && status.st_mtime <= now)
		return;
	touch_file(told);
	/* Where nothing can be written it would be said at each line. */
	if (stat(told, &status) != 0 || now - status.st_mtime >= BREAKER_SECONDS)
		return;
	if (!strcmp(options->shell, "fish"))
		start_new_line();
	tell(open_terminal(),
	     "no answer from the daemon in time: for 30 s the built-in table and your own rules alone judge", "");
}

/* True if the line's first word is a file on this process's PATH: the daemon may know another one. */
static bool first_word_is_there(const struct line *line)
{
	char name[128];
	struct bytes text = {line->text, line->length};
	while (text.length && (*text.data == ' ' || *text.data == '\t'))
		text.data++, text.length--;
	size_t length = 0;
	while (length < text.length && !strchr(" \t\n;|&<>()", text.data[length]))
		length++;
	if (length == 0 || length >= sizeof name)
		return false;
	memcpy(name, text.data, length);
	name[length] = '\0';
	struct path_search search;
	const char *folders = getenv("PATH");
	start_search(&search, name, folders ? folders : DEFAULT_PATH, NULL);
	return next_candidate(&search);
}

/* What is known of a line beside its verdict. */
struct judged {
	bool said;     /* at the terminal, that its verdict is waited for */
	bool left_off; /* a key ended that: the line does not run */
};

/* True if a verdict that is not there in a prompt's time is waited for: mode active is who wants to be asked. */
static bool is_worth_waiting(const struct options *options, const struct line *line, const struct verdict *verdict)
{
	return options->source != LINE_RAN && verdict->action < ACTION_CONFIRM && !has_shell_policy() &&
	       mode_here() == GUARD_ACTIVE && may_be_objected_to(&conf, line);
}

#define UNANSWERED "Caro's daemon did not answer: nobody has judged this line"

static void wait_for_verdict(const struct options *options, const struct line *line, struct exchange *exchange,
			     struct verdict *verdict, struct judged *judged)
{
	enum patience found = ask_patiently(exchange, options, &conf, line, &judged->said);
	judged->left_off = found == PATIENCE_BROKEN_OFF;
	if (found == PATIENCE_UNANSWERED)
		tighten_as_unread(verdict, GUARD_ACTIVE, UNANSWERED);
}

/* By the user's rules, the daemon, and where it does not speak (or sees the line's beginning alone) the compiled table:
 * the strictest counts. */
static struct judged judge(const struct options *options, const struct line *line, struct exchange *exchange,
			   struct verdict *verdict)
{
	struct verdict other;
	struct judged judged = {.said = false};
	judge_user_rules(&conf, line->text, line->length, verdict);
	judge_unread(options, line, verdict);
	bool beyond_rules = is_beyond_rules(line, verdict);
	bool waits = !beyond_rules && is_worth_waiting(options, line, verdict);
	if (beyond_rules || (breaker_holds(options) && !waits))
		tell_preexec(exchange, options, &conf, line);
	else
		begin_preexec(exchange, options, &conf, line);
	complete_last_line(options, &conf);
	end_exchange(exchange);
	if (waits && !has_verdict(exchange))
		wait_for_verdict(options, line, exchange, verdict, &judged);
	bool spoken = exchange->reply != NULL;
	if (spoken) {
		read_verdict(exchange->reply, &other);
		spoken = !other.partial;
		if (!strcmp(other.rule, NO_SUCH_COMMAND) && first_word_is_there(line))
			memset(&other, 0, sizeof other);
		tighten(verdict, &other);
	}
	if (!beyond_rules && (!spoken || line->length > CUT_LINE_BYTES))
		judge_by_table(line, verdict);
	else if (!beyond_rules)
		tighten_by_final(verdict, mode_here(), table_judge_line(line->text));
	if (line->length > CUT_LINE_BYTES)
		tighten_as_unread(verdict, mode_here(), TOO_LONG);
	if (!spoken && !switched_off())
		tighten_by_silence(verdict);
	if (!beyond_rules && !exchange->reply && verdict->action == ACTION_ALLOW && !judged.left_off)
		tell_unjudged(exchange, options);
	return judged;
}

/* What the daemon has to say of the configuration, once in a session. */
static void show_notice(const struct exchange *exchange, const struct options *options)
{
	char text[1024], shown[2048];
	if (!exchange->reply || wire_string(exchange->reply, "notice", text, sizeof text) <= 0)
		return;
	if (!strcmp(options->shell, "fish"))
		start_new_line();
	tell(open_terminal(), printable(text, shown, sizeof shown), "");
}

/* True if the word `fc` stands in the line: bash alone knows which command that runs again. */
static bool names_fc(const char *text)
{
	for (const char *at = text; (at = strstr(at, "fc")) != NULL; at += 2) {
		bool begins = at == text || !(isalnum((unsigned char)at[-1]) || strchr("_-./", at[-1]));
		if (begins && !isalnum((unsigned char)at[2]) && (at[2] == '\0' || !strchr("_-./=", at[2])))
			return true;
	}
	return false;
}

/* Long enough for a busy machine: the line would fail at once, so nothing is lost by waiting for what was meant. */
#define MEND_MS 500

/* The daemon still looks for the fix of a line whose first word exists nowhere: waits for it. */
static void wait_for_fix(const struct options *options, const struct line *line, struct exchange *exchange,
			 struct verdict *verdict)
{
	if (verdict->action != ACTION_ALLOW || !exchange->reply || !wire_has(exchange->reply, "looking") ||
	    first_word_is_there(line))
		return;
	if (conf.timeout_ms < MEND_MS)
		conf.timeout_ms = MEND_MS;
	begin_request(exchange, options, &conf, "before");
	end_exchange(exchange);
	if (exchange->reply && wire_has(exchange->reply, "transform"))
		read_verdict(exchange->reply, verdict);
}

/* True if the line may run: what it would take away is kept, or the verdict lets it. */
static bool carry_out_or_keep(struct verdict *verdict, const char *reply)
{
	enum kept kept = keep_for_undo(verdict, reply);
	if (kept == KEPT_NOT)
		return carry_out(verdict, reply);
	verdict->transform = false;
	return kept == KEPT_ALL;
}

static int run_preexec(const struct options *options)
{
	struct line line;
	struct verdict verdict;
	struct exchange exchange = new_exchange(conf.timeout_ms);
	read_line(options, &line);
	/* The shell still has what a file does not hold, or one that may not be trusted: it calls again, with -i. */
	if (options->source == LINE_FROM_FILE && (!line.read || names_fc(line.text)))
		return SYSTEM_ERROR;
	struct judged judged = judge(options, &line, &exchange, &verdict);
	int missed = settle(&exchange, options);
	show_notice(&exchange, options);
	wait_for_fix(options, &line, &exchange, &verdict);
	/* fish asks from within its line editor: the cursor stands behind the line. */
	if (verdict.action != ACTION_ALLOW && !judged.said && !strcmp(options->shell, "fish"))
		start_new_line();
	bool runs = !judged.left_off && carry_out_or_keep(&verdict, exchange.reply);
	if (judged.left_off)
		tell(open_terminal(), "not run", "");
	if (verdict.action == ACTION_BLOCK && !verdict.final)
		tell_way_past(exchange.reply);
	if (verdict.action == ACTION_CONFIRM && exchange.reply)
		tell_answer(options, runs);
	int64_t start = now_us();
	record_line(options, &conf, &line, &verdict, runs, start);
	if (runs)
		mark_output(options, 'C');
	int shown = options->tell_shown && (verdict.action != ACTION_ALLOW || judged.said) ? SHOWN : 0;
	struct options told = *options;
	if (options->tell_secret && options->flag == 1 && holds_secret(&conf, &line))
		told.flag = WITH_SECRET;
	return finish(&told, (runs ? RUN : verdict.transform ? CHANGED : REFUSE) | missed | shown, start);
}

/* Nothing is looked at; but a file with a line in it, which may hold a secret, does not stay. */
static int leave_line(const struct options *options)
{
	struct line line;
	if (options->source == LINE_FROM_FILE)
		read_line(options, &line);
	return finish(options, RUN, now_us());
}

static void show_suggestion(const char *reply)
{
	char text[2048], shown[4096], command[2048], bright[4096];
	int terminal = open_terminal();
	if (wire_string(reply, "command", command, sizeof command) < 0)
		command[0] = '\0';
	printable(command, bright, sizeof bright);
	/* Each line of an explanation stands below the one before, the fix below them. */
	if (wire_string(reply, "explanation", text, sizeof text) > 0)
		for (char *rest = text, *line; (line = strsep(&rest, "\n"));)
			tell_offer(terminal, printable(line, shown, sizeof shown), "");
	if (wire_string(reply, "suggestion", text, sizeof text) > 0)
		tell_offer(terminal, printable(text, shown, sizeof shown), bright);
}

/* The breaker's bit, and whether an answer is still to come: a daemon that was too slow for this prompt has heard of it
 * all the same, and answers at a later one. */
static int settle_answer(const struct exchange *exchange, const struct options *options)
{
	bool heard = exchange->result == WIRE_MISS || (exchange->told && exchange->result == WIRE_OK);
	bool later = exchange->reply ? wire_has(exchange->reply, "partial") : heard;
	return settle(exchange, options) | (later ? LATER : 0);
}

static int run_postexec(const struct options *options)
{
	struct exchange exchange = new_exchange(conf.timeout_ms);
	/* First: the daemon asks the relay, which waits for the mark. */
	mark_output(options, 'D');
	begin_request(&exchange, options, &conf, "postexec");
	complete_last_line(options, &conf);
	end_exchange(&exchange);
	if (exchange.reply) {
		show_suggestion(exchange.reply);
		notify_end(exchange.reply);
	}
	return settle_answer(&exchange, options);
}

/* What postexec's prompt did not wait for. */
static int run_late(const struct options *options)
{
	struct exchange exchange = new_exchange(conf.timeout_ms);
	begin_request(&exchange, options, &conf, "late");
	end_exchange(&exchange);
	if (exchange.reply)
		show_suggestion(exchange.reply);
	/* The same status whether it missed: the shell asks again at its next prompt. */
	return settle_answer(&exchange, options) & LATER;
}

/* Starts the daemon where none runs, so that it has loaded everything by the first line. */
static int run_wake(const struct options *options)
{
	struct exchange exchange = new_exchange(conf.timeout_ms);
	begin_request(&exchange, options, &conf, "status");
	end_exchange(&exchange);
	settle(&exchange, options);
	return RUN;
}

static int run_session_end(const struct options *options)
{
	struct exchange exchange = new_exchange(conf.timeout_ms);
	begin_request(&exchange, options, &conf, "session_end");
	complete_last_line(options, &conf);
	forget_session(options);
	/* Sent is enough: nothing of a shell that ends waits for an answer. */
	if (exchange.fd >= 0)
		close(exchange.fd);
	return RUN;
}

/* Prints the text that stands at key; 1 where there is none. */
static int print_text(const struct options *options, const char *type, const char *key)
{
	char text[65536];
	struct exchange exchange = new_exchange(conf.timeout_ms);
	begin_request(&exchange, options, &conf, type);
	end_exchange(&exchange);
	if (!exchange.reply || wire_string(exchange.reply, key, text, sizeof text) <= 0 || !is_typeable(text))
		return 1;
	fputs(text, stdout);
	return 0;
}

static int print_fix(const struct options *options)
{
	return print_text(options, "fix", "command");
}

static int print_transform(const struct options *options)
{
	return print_text(options, "suggest", "transform");
}

/* Print the words that may stand at the end of the line, as the daemon has them; without one nothing. */
static int print_words(const struct options *options)
{
	static char text[65536];
	struct line line;
	struct exchange exchange = new_exchange(conf.timeout_ms < COMPLETE_MS ? conf.timeout_ms : COMPLETE_MS);
	read_line(options, &line);
	if (line.cut || !line.known)
		return 1;
	begin_complete(&exchange, options, &conf, &line);
	end_exchange(&exchange);
	if (!exchange.reply || wire_string(exchange.reply, "words", text, sizeof text) <= 0)
		return 1;
	puts(text);
	return 0;
}

/* Print what a person may want to know of the line, in one row; 1 for nothing. */
static int print_hint(const struct options *options)
{
	char text[1024];
	struct line line;
	struct exchange exchange = new_exchange(HINT_MS);
	read_line(options, &line);
	if (line.cut || !line.known)
		return 1;
	begin_hint(&exchange, options, &conf, &line);
	end_exchange(&exchange);
	if (!exchange.reply || wire_string(exchange.reply, "hint", text, sizeof text) <= 0)
		return 1;
	puts(text);
	return 0;
}

/* Prints the line without its secrets; 1 where it holds none. */
static int print_redacted(const struct options *options)
{
	struct line line;
	read_line(options, &line);
	struct bytes shown = without_secrets(&conf, &line);
	fwrite(shown.data, 1, shown.length, stdout);
	return shown.data == line.text;
}

static int run_place(const struct options *options)
{
	(void)options;
	return request_status(open_terminal()) ? RUN : MISSED;
}

static int print_id(void)
{
	struct timespec now;
	char id[UUID_TEXT];
	clock_gettime(CLOCK_REALTIME, &now);
	uuid7_at(&now, id);
	puts(id);
	return 0;
}

static const struct {
	const char *name;
	int (*run)(const struct options *options);
} commands[] = {
	{"preexec", run_preexec},
	{"postexec", run_postexec},
	{"session_end", run_session_end},
	{"late", run_late},
	{"wake", run_wake},
	{"place", run_place},
	{"fix", print_fix},
	{"transform", print_transform},
	{"redact", print_redacted},
	{"complete", print_words},
	{"hint", print_hint},
};

static int run_command(const struct options *options)
{
	for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
		if (strcmp(options->command, commands[i].name))
			continue;
		if (switched_off())
			return commands[i].run == run_preexec ? leave_line(options) : RUN;
		return commands[i].run(options);
	}
	fputs(USAGE, stderr);
	return USAGE_ERROR;
}

static int run_agent_hook(const char *name)
{
	int status = run_agent(name, &conf);
	if (status != AGENT_UNKNOWN)
		return fflush(stdout) ? SYSTEM_ERROR : status;
	SAY("no agent ", name, " is known: see `caro agent list`");
	return USAGE_ERROR;
}

/* Makes bash drop the line. Where its process id could not be read, it is our parent. */
static void interrupt(const struct options *options)
{
	pid_t shell = options->shell_pid > 0 ? (pid_t)options->shell_pid : getppid();
	if (shell > 1)
		kill(shell, SIGINT);
}

int main(int argc, char **argv)
{
	redact_fully();
	/* Below `ulimit -f 0` a file of ours that can't be written must not take the verdict along. */
	signal(SIGXFSZ, SIG_IGN);
	if (argc < 2) {
		fputs(USAGE, stderr);
		return USAGE_ERROR;
	}
	if (argc == 2 && !strcmp(argv[1], "id"))
		return print_id();
	bool of_agent = argc >= 3 && !strcmp(argv[1], "agent"), of_shim = argc >= 3 && !strcmp(argv[1], "exec");
	if (of_shim)
		use_policy_of_shims();
	read_runtime_conf(&conf);
	if (of_agent || agent_above(&conf))
		use_agent_mode(&conf);
	if (of_shim)
		return run_exec(&conf, argv + 2);
	if (of_agent)
		return run_agent_hook(argv[2]);
	struct options options = parse_options(argc, argv);
	int status = run_command(&options);
	/* Where nobody reads the number, the status and the signal still tell the verdict. */
	fflush(stdout);
	/* After the number: bash drops the line as soon as the signal is there. */
	if (options.interrupt_shell && status >= REFUSE && status < USAGE_ERROR)
		interrupt(&options);
	return status;
}
