#include "hook/request.h"

#include "hook/environment.h"
#include "hook/mark.h"
#include "lib/base/utf8.h"
#include "lib/event/identity.h"
#include "lib/gate/shell_policy.h"

#include <string.h>
#include <time.h>
#include <unistd.h>

/* With PATH, what names the pane that a terminal multiplexer or a terminal shows us in. */
#define PANES                                                                                                          \
	"$PATH $TMUX $TMUX_PANE $KITTY_LISTEN_ON $KITTY_WINDOW_ID $WEZTERM_PANE $WEZTERM_UNIX_SOCKET "                 \
	"$ZELLIJ_SESSION_NAME $ZELLIJ_PANE_ID"

static void add_duration(struct buffer *to, int64_t microseconds)
{
	if (microseconds < 0)
		return;
	add_number(to, "duration_ms", microseconds / 1000);
	add_char(to, '.');
	add_padded(to, (uint64_t)(microseconds % 1000), 3);
}

static void add_status(struct buffer *to, const struct options *options)
{
	if (!options->has_status)
		return;
	add_number(to, "exit_code", options->status);
	add_duration(to, options->duration_us);
}

static void add_last(struct buffer *to, const struct options *options)
{
	char memory[128];
	struct buffer fields = buffer_in(memory, sizeof memory);
	add_status(&fields, options);
	if (!fields.length)
		return;
	add_text(to, ",\"last\":{");
	/* Without the comma that stands in front of a field. */
	add_bytes(to, fields.data + 1, fields.length - 1);
	add_char(to, '}');
}

static struct buffer start(struct exchange *exchange, const struct options *options, const struct runtime_conf *conf,
			   const char *type)
{
	bool patient = has_shell_policy() && !strcmp(type, "preexec") && conf->timeout_ms < POLICY_MS;
	exchange->timeout_ms = patient ? POLICY_MS : conf->timeout_ms;
	struct buffer message = start_request(exchange, type, options->session);
	add_number(&message, "seq", options->sequence);
	return message;
}

/* The mode of this environment alone, where a variable sets one: the daemon knows that of the file. */
static void add_mode(struct buffer *to, const struct runtime_conf *conf)
{
	if (conf->own_mode)
		add_string(to, "mode", guard_mode_word(conf->mode));
}

static struct buffer preexec_message(struct exchange *exchange, const struct options *options,
				     const struct runtime_conf *conf, struct bytes line, bool cut)
{
	struct buffer message = start(exchange, options, conf, "preexec");
	add_string(&message, "shell", options->shell);
	add_number(&message, "pid", options->shell_pid);
	add_cwd(&message);
	add_flag(&message, "tty", isatty(STDIN_FILENO));
	add_mode(&message, conf);
	add_string(&message, "agent", agent_above(conf));
	add_last(&message, options);
	add_line(&message, line, cut);
	if (exchange->told)
		add_flag(&message, "told", true);
	else
		add_named_variables(&message, line);
	return message;
}

bool breaker_holds(const struct options *options)
{
	/* Nothing runs by a shell's policy unless it is asked. */
	return !has_shell_policy() && options->breaker_until > (int64_t)time(NULL);
}

static void send_message(struct exchange *exchange, const struct options *options, struct buffer *message)
{
	/* With the breaker open nobody is asked; telling costs no wait. */
	if (!exchange->told && breaker_holds(options))
		exchange->fd = -1;
	else
		send_request(exchange, message);
}

void tell_preexec(struct exchange *exchange, const struct options *options, const struct runtime_conf *conf,
		  const struct line *line)
{
	exchange->told = true;
	begin_preexec(exchange, options, conf, line);
}

void begin_preexec(struct exchange *exchange, const struct options *options, const struct runtime_conf *conf,
		   const struct line *line)
{
	struct bytes text = {line->text, line->length};
	struct buffer message = preexec_message(exchange, options, conf, text, line->cut);
	if (message.full) {
		text.length = utf8_cut(text, CUT_LINE_BYTES);
		message = preexec_message(exchange, options, conf, text, true);
	}
	send_message(exchange, options, &message);
}

static struct buffer agent_message(struct exchange *exchange, const struct options *options,
				   const struct runtime_conf *conf, const struct agent_call *call, struct bytes line,
				   bool cut)
{
	struct buffer message = start(exchange, options, conf, "agent");
	add_string(&message, "agent", call->agent);
	add_string(&message, "event", call->event);
	add_string(&message, "shell", options->shell);
	add_string(&message, "cwd", call->cwd);
	if (call->status >= 0)
		add_number(&message, "exit_code", call->status);
	add_mode(&message, conf);
	add_line(&message, line, cut);
	add_string(&message, "output", call->output);
	/* The fixer asks which commands there are; the guard, what a variable of the line stands for. */
	add_named_variables(&message, call->output ? bytes_of("$PATH") : line);
	return message;
}

void begin_agent(struct exchange *exchange, const struct options *options, const struct runtime_conf *conf,
		 const struct agent_call *call)
{
	struct bytes text = {call->line.text, call->line.length};
	struct buffer message = agent_message(exchange, options, conf, call, text, call->line.cut);
	if (message.full) {
		text.length = utf8_cut(text, CUT_LINE_BYTES);
		message = agent_message(exchange, options, conf, call, text, true);
	}
	send_message(exchange, options, &message);
}

void begin_request(struct exchange *exchange, const struct options *options, const struct runtime_conf *conf,
		   const char *type)
{
	/* What failed while the breaker is open is told all the same: its fix comes at a later prompt. */
	exchange->told = !strcmp(type, "postexec") && breaker_holds(options);
	bool late = !strcmp(type, "late"), mending = !strcmp(type, "before");
	struct buffer message = start(exchange, options, conf, late ? "fix" : mending ? "suggest" : type);
	add_status(&message, options);
	if (mending)
		add_string(&message, "what", "before");
	if (late)
		add_string(&message, "what", "late");
	/* Which commands there are, is a question of this shell's PATH. */
	if (!strcmp(type, "postexec")) {
		add_named_variables(&message, bytes_of(PANES));
		add_relay(&message, options);
	}
	if (exchange->told)
		add_flag(&message, "told", true);
	if (!strcmp(type, "suggest"))
		add_string(&message, "what", "transform");
	send_message(exchange, options, &message);
}

void begin_hint(struct exchange *exchange, const struct options *options, const struct runtime_conf *conf,
		const struct line *line)
{
	struct buffer message = start(exchange, options, conf, "suggest");
	add_string(&message, "what", "hint");
	add_line(&message, (struct bytes){line->text, line->length}, false);
	if (options->cursor >= 0)
		add_number(&message, "cursor", options->cursor);
	add_cwd(&message);
	add_named_variables(&message, bytes_of("$PATH"));
	send_message(exchange, options, &message);
}

void begin_complete(struct exchange *exchange, const struct options *options, const struct runtime_conf *conf,
		    const struct line *line)
{
	struct buffer message = start(exchange, options, conf, "complete");
	add_line(&message, (struct bytes){line->text, line->length}, false);
	add_cwd(&message);
	add_named_variables(&message, bytes_of("$PATH"));
	send_message(exchange, options, &message);
}

void begin_answer(struct exchange *exchange, const struct options *options, const struct runtime_conf *conf, bool yes)
{
	struct buffer message = start(exchange, options, conf, "preexec");
	add_string(&message, "answer", yes ? "yes" : "no");
	send_message(exchange, options, &message);
}
