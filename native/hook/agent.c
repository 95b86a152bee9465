#include "hook/agent.h"

#include "hook/agents.h"
#include "hook/call.h"
#include "hook/file_tool.h"
#include "hook/plain.h"
#include "hook/request.h"
#include "hook/record.h"
#include "lib/gate/terminal.h"
#include "hook/start_daemon.h"
#include "lib/gate/compiled_table.h"
#include "lib/gate/reply.h"
#include "lib/gate/user_rules.h"
#include "lib/wire/breaker.h"
#include "lib/gate/panic_switch.h"
#include "lib/wire/wire.h"
#include "lib/base/xdg.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define OUTPUT_MAX (16 << 10) /* of what a failed command printed, its end is looked at */
#define WAIT_MS 2000          /* for a cold daemon: an agent's tool call has seconds */
#define FIX_MS 1000
#define REASON_MAX 8192
#define HIGH_SCORE 50 /* levels.py */

enum { PASS = 0 };

#define NOBODY "nobody has judged this command: Caro's daemon does not answer (`caro daemon status`)"
#define TOO_LONG "this command is too long to be judged to its end"

static bool daemon_comes(const struct runtime_conf *conf)
{
	char state[PATH_SPACE];
	return conf->auto_start && xdg_path(XDG_STATE, "", state) && start_daemon(state);
}

/* Asks until the daemon's guard speaks: one that starts just now listens first and is loaded a moment later. */
static void ask_daemon(struct exchange *exchange, const struct options *options, struct runtime_conf *conf,
		       const struct agent_call *call)
{
	bool patient = !breaker_is_open(), started = false;
	int64_t deadline = wire_clock() + (int64_t)WAIT_MS * 1000;
	if (patient)
		conf->timeout_ms = WAIT_MS;
	for (;;) {
		begin_agent(exchange, options, conf, call);
		end_exchange(exchange);
		bool answered = exchange->reply && !wire_has(exchange->reply, "partial");
		bool absent = exchange->result == WIRE_ABSENT;
		if (answered || !patient || (!absent && !exchange->reply))
			break;
		if (absent && !started && !(started = daemon_comes(conf)))
			return; /* nobody is to come: that is no miss */
		if (wire_clock() > deadline)
			break;
		poll(NULL, 0, 20);
	}
	if (!exchange->reply)
		open_breaker();
}

static struct verdict judge(struct exchange *exchange, const struct options *options, struct runtime_conf *conf,
			    const struct agent_call *call)
{
	struct verdict verdict = {.score = -1}, other = {.score = -1};
	judge_user_rules(conf, call->line.text, call->line.length, &verdict);
	ask_daemon(exchange, options, conf, call);
	if (exchange->reply) {
		read_verdict(exchange->reply, &other);
		take_daemons(&verdict, &other);
	}
	/* A daemon that was started just now has written the file since. */
	if (!conf->found) {
		read_runtime_conf(conf);
		use_agent_mode(conf);
	}
	enum guard_mode mode = guard_mode_in(conf, call->cwd);
	const struct table_entry *entry = table_judge_line(call->line.text);
	bool spoken = exchange->reply && !other.partial;
	if (spoken)
		tighten_by_final(&verdict, mode, entry);
	else
		tighten_by_table(&verdict, mode, entry);
	if (call->line.length > CUT_LINE_BYTES && !other.approved)
		tighten_as_unread(&verdict, mode, TOO_LONG);
	else if (!spoken && !is_plain(conf, &call->line))
		tighten_as_unread(&verdict, mode, NOBODY);
	return verdict;
}

static char words[REASON_MAX];

static void add_sentence(const char *front, const char *text)
{
	size_t used = strlen(words);
	snprintf(words + used, sizeof words - used, "%s%s%s", used ? "\n" : "", front, text);
}

static const char *reason_of(const struct verdict *verdict, const char *front, bool tells_code)
{
	char sentence[2300], instead[2100];
	words[0] = '\0';
	verdict_sentence(verdict, sentence, sizeof sentence);
	add_sentence(front, sentence);
	if (verdict->instead[0])
		add_sentence("caro: safer: ", printable(verdict->instead, instead, sizeof instead));
	if (verdict->code[0] && tells_code)
		add_sentence("caro: a person can let it pass once, at a terminal of their own: caro allow ",
			     verdict->code);
	return words;
}

static int refuse(const struct agent *agent, const char *event, const struct verdict *verdict)
{
	const char *reason = reason_of(verdict, "caro: blocked: ", true);
	print_answer(agent->deny, event, reason, NULL);
	if (agent->deny_status)
		fprintf(stderr, "%s\n", reason);
	return agent->deny_status;
}

/* An agent's file tool looks at a file before it writes it, and shows what changes: "overwrites a file of the project"
 * would be said of each one. */
static bool is_everyday(const struct agent_call *call, const struct verdict *verdict)
{
	return call->of_files && verdict->score >= 0 && verdict->score < HIGH_SCORE &&
	       strcmp(verdict->rule, "user-rule") != 0;
}

/* Asks the person; where the line surely has a safer form, whether that one is to run in its place. */
static void ask(const struct agent *agent, const char *event, const struct verdict *verdict, const char *reply)
{
	static char form[REASON_MAX];
	char shown[2100];
	const char *reason = reason_of(verdict, "caro: ", false);
	bool offers = *agent->offer && verdict->transform && reply &&
		      wire_string(reply, "transform", form, sizeof form) > 0 && is_typeable(form);
	const char *arguments = offers ? call_with_text(agent->command, form) : NULL;
	if (!arguments) {
		print_answer(agent->ask, event, reason, NULL);
		return;
	}
	add_sentence("caro: a yes runs this in its place: ", printable(form, shown, sizeof shown));
	print_answer(agent->offer, event, reason, arguments);
}

static int answer(const struct agent *agent, const char *event, const struct agent_call *call,
		  const struct verdict *verdict, const char *reply)
{
	bool can_ask = *agent->ask && (!*agent->ask_at || is_word_of(agent->ask_at, event));
	bool asks = verdict->action == ACTION_CONFIRM && can_ask;
	if (verdict->action >= ACTION_CONFIRM && !asks)
		return refuse(agent, event, verdict);
	if (asks)
		ask(agent, event, verdict, reply);
	else if (verdict->action == ACTION_WARN && !is_everyday(call, verdict))
		print_answer(agent->warn, event, reason_of(verdict, "caro: warning: ", false), NULL);
	else
		print_answer(agent->allow, event, "", NULL);
	return PASS;
}

static int before(const struct agent *agent, const char *event, const struct options *options,
		  struct runtime_conf *conf, struct agent_call *call)
{
	struct exchange exchange = new_exchange(conf->timeout_ms);
	call->event = "before";
	struct verdict verdict = judge(&exchange, options, conf, call);
	record_agent_verdict(options, conf, call, &verdict);
	return answer(agent, event, call, &verdict, call->of_files ? NULL : exchange.reply);
}

/* The number behind one of the words of `fronts` (a|b) at the start of a line; -1: none. */
static int status_in(const char *fronts, const char *output)
{
	while (output && *fronts) {
		size_t length = strcspn(fronts, "|");
		for (const char *line = output; line; line = (line = strchr(line, '\n')) ? line + 1 : NULL)
			if (!strncmp(line, fronts, length) && line[length] >= '0' && line[length] <= '9')
				return atoi(line + length);
		fronts += length + (fronts[length] == '|');
	}
	return -1;
}

static int status_of(const struct agent *agent, const char *event, const char *output)
{
	int status = *agent->exit_code ? (int)call_number(agent->exit_code) : -1;
	bool told_by_event = *agent->failed && is_word_of(agent->after, event);
	if (status < 0 && !told_by_event)
		status = status_in(agent->status_text, output);
	if (status < 0 && is_word_of(agent->after, event) && *agent->after_status)
		status = atoi(agent->after_status);
	return status;
}

/* True if one of the texts (a|b) stands in the output. */
static bool tells_of_failure(const char *texts, const char *output)
{
	char text[64];
	while (output && *texts) {
		size_t length = strcspn(texts, "|");
		snprintf(text, sizeof text, "%.*s", (int)length, texts);
		if (strstr(output, text))
			return true;
		texts += length + (texts[length] == '|');
	}
	return false;
}

static const char *end_of(const char *text)
{
	size_t length = text ? strlen(text) : 0;
	if (length <= OUTPUT_MAX)
		return text;
	for (text += length - OUTPUT_MAX; (*text & 0xC0) == 0x80;)
		text++;
	return text;
}

/* After a failure the agent is told what Caro would have typed, where its protocol has a place for that. */
static int after(const struct agent *agent, const char *event, const struct options *options, struct runtime_conf *conf,
		 struct agent_call *call)
{
	struct exchange exchange = new_exchange(conf->timeout_ms);
	char text[8192];
	call->event = "failed";
	call->output = first_call_text(agent->output);
	call->status = status_of(agent, event, call->output);
	long duration = *agent->duration ? call_number(agent->duration) : -1;
	record_agent_line(options, conf, call, duration);
	bool failed = call->status > 0 || is_word_of(agent->failed, event) ||
		      (call->status < 0 && tells_of_failure(agent->failed_text, call->output));
	call->output = end_of(call->output);
	if (failed && *agent->context) {
		conf->timeout_ms = FIX_MS;
		begin_agent(&exchange, options, conf, call);
		end_exchange(&exchange);
		if (exchange.reply && wire_string(exchange.reply, "context", text, sizeof text) > 0) {
			print_answer(agent->context, event, text, NULL);
			return PASS;
		}
	}
	print_answer(agent->allow, event, "", NULL);
	return PASS;
}

/* The folder that the command runs in, without links, as modes of folders are looked up; ours where the call tells
 * none. */
static const char *real_folder(const char *told)
{
	bool named = told && *told;
	char *real = realpath(named ? told : ".", NULL);
	return real ? real : named && *told == '/' ? told : realpath(".", NULL);
}

static struct agent_call describe_call(const struct agent *agent, const char *cwd, const char *line)
{
	struct agent_call call = {.agent = agent->name, .status = -1, .of_files = line != NULL, .cwd = cwd};
	const char *command = line ? line : call_text(agent->command);
	call.line.known = command != NULL;
	call.line.text = command ? command : "";
	call.line.length = strlen(call.line.text);
	return call;
}

static const char *session_of(const struct agent *agent)
{
	const char *own = getenv("CARO_SESSION_ID");
	if (own && is_uuid(own))
		return own;
	const char *theirs = call_text(agent->session);
	return theirs && is_uuid(theirs) ? theirs : NULL;
}

/* A call that two readers could read differently, or of which something is missing, is nobody's to let pass. */
static int refuse_unread(const struct agent *agent, const char *event, const char *what, struct runtime_conf *conf)
{
	struct verdict verdict;
	char sentence[200];
	if (switched_off() || conf->mode == GUARD_OFF)
		return print_answer(agent->allow, event, "", NULL), PASS;
	snprintf(sentence, sizeof sentence, "the agent's call %s: nobody can judge it", what);
	set_verdict(&verdict, ACTION_BLOCK, "unread-call", sentence);
	return refuse(agent, event, &verdict);
}

/* Why the call's command can't be judged, NULL where it can, or where the call has none and needs none. */
static const char *unread_command(const struct agent *agent)
{
	const char *dot = strrchr(agent->command, '.');
	char outer[64];
	snprintf(outer, sizeof outer, "%.*s", dot ? (int)(dot - agent->command) : 0, agent->command);
	enum wire_kind kind = call_kind(agent->command), around = *outer ? call_kind(outer) : KIND_OBJECT;
	if (kind == KIND_STRING)
		return NULL;
	if (kind == KIND_UNCLEAR)
		return "has a key twice, or one that is written with escapes";
	if (kind != KIND_ABSENT)
		return "has a command that is no text";
	const char *tool = call_text("tool_name");
	bool runs = !*agent->tools || !tool || is_word_of(agent->tools, tool);
	return runs && around != KIND_ABSENT ? "has no command" : runs ? "has no arguments" : NULL;
}

static int judge_call(const struct agent *agent, const char *event, struct runtime_conf *conf)
{
	struct options options = {.command = "agent", .shell = "bash", .duration_us = -1, .flag = -1};
	bool told = is_word_of(agent->after, event) || is_word_of(agent->failed, event);
	const char *cwd = real_folder(call_text(agent->cwd)), *unread = NULL;
	const char *line = told ? NULL : file_tool_line(agent, event, cwd, &unread);
	if (!told && !line && !unread)
		unread = unread_command(agent);
	/* An event that is none of ours and has no command is none of our business. */
	if (unread && (is_word_of(agent->before, event) || call_kind(agent->command) != KIND_ABSENT))
		return refuse_unread(agent, event, unread, conf);
	struct agent_call call = describe_call(agent, cwd, line);
	options.session = session_of(agent);
	/* The text of a patch is no command that ran. */
	if (!switched_off() && call.line.known && !(told && is_file_tool(agent, event)))
		return told ? after(agent, event, &options, conf, &call) : before(agent, event, &options, conf, &call);
	print_answer(agent->allow, event, "", NULL);
	return PASS;
}

int run_agent(const char *name, struct runtime_conf *conf)
{
	const struct agent *agent = find_agent(name);
	if (!agent)
		return AGENT_UNKNOWN;
	bool whole = read_call();
	if (!whole || call_kind(agent->event) != KIND_STRING)
		return refuse_unread(agent, agent->before,
				     whole ? "does not name its event" : "is not JSON, or not all of it", conf);
	return judge_call(agent, call_text(agent->event), conf);
}
