#include "hook/exchange.h"

#include "hook/environment.h"
#include "hook/mark.h"
#include "lib/base/base64.h"
#include "lib/base/json.h"
#include "lib/base/utf8.h"
#include "lib/base/xdg.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static char request[WIRE_MESSAGE_MAX], reply[WIRE_MESSAGE_MAX];

/* With PATH, what names the pane that a terminal multiplexer or a terminal shows us in. */
#define PANES "$PATH $TMUX $TMUX_PANE $KITTY_LISTEN_ON $KITTY_WINDOW_ID $WEZTERM_PANE $WEZTERM_UNIX_SOCKET $ZELLIJ_SESSION_NAME $ZELLIJ_PANE_ID"

/* Of a line too long for a message the beginning goes: at most six bytes of JSON a byte, and the environment. */
#define CUT_LINE_BYTES 16384

static void add_key(struct buffer *to, const char *key)
{
	add_text(to, ",\"");
	add_text(to, key);
	add_text(to, "\":");
}

static void add_string(struct buffer *to, const char *key, const char *value)
{
	add_key(to, key);
	add_json(to, bytes_of(value));
}

static void add_number(struct buffer *to, const char *key, int64_t value)
{
	add_key(to, key);
	if (value < 0)
		add_char(to, '-');
	add_unsigned(to, (uint64_t)(value < 0 ? -value : value));
}

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
	add_key(to, "last");
	add_char(to, '{');
	/* Without the comma that add_key puts in front. */
	add_bytes(to, fields.data + 1, fields.length - 1);
	add_char(to, '}');
}

static struct buffer start_message(struct exchange *exchange, const struct options *options,
                                   const struct runtime_conf *conf, const char *type)
{
	struct timespec now;
	struct buffer message = buffer_in(request, sizeof request);
	clock_gettime(CLOCK_REALTIME, &now);
	uuid7_at(&now, exchange->id);
	add_text(&message, "{\"v\":1");
	add_string(&message, "type", type);
	add_string(&message, "id", exchange->id);
	if (options->session)
		add_string(&message, "session", options->session);
	add_number(&message, "sent", (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000);
	/* Without it the message never gets too old to be heard. */
	if (!exchange->told)
		add_number(&message, "timeout_ms", conf->timeout_ms);
	add_number(&message, "seq", options->sequence);
	return message;
}

static void add_cwd(struct buffer *to)
{
	char cwd[PATH_SPACE];
	if (getcwd(cwd, sizeof cwd))
		add_string(to, "cwd", cwd);
}

/* The mode of this environment alone, where a variable sets one: the daemon knows that of the file. */
static void add_mode(struct buffer *to, const struct runtime_conf *conf)
{
	if (conf->own_mode)
		add_string(to, "mode", guard_mode_word(conf->mode));
}

static void add_line(struct buffer *to, struct bytes line, bool cut)
{
	add_key(to, "line");
	add_json(to, line);
	if (!utf8_valid(line)) {
		add_key(to, "line_b64");
		add_char(to, '"');
		add_base64(to, line);
		add_char(to, '"');
	}
	if (cut)
		add_text(to, ",\"cut\":true");
}

static struct buffer preexec_message(struct exchange *exchange, const struct options *options,
                                     const struct runtime_conf *conf, struct bytes line, bool cut)
{
	struct buffer message = start_message(exchange, options, conf, "preexec");
	add_string(&message, "shell", options->shell);
	add_number(&message, "pid", options->shell_pid);
	add_cwd(&message);
	add_text(&message, isatty(STDIN_FILENO) ? ",\"tty\":true" : ",\"tty\":false");
	add_mode(&message, conf);
	if (options->source == LINE_UNKNOWN)
		add_text(&message, ",\"unknown\":true");
	add_last(&message, options);
	add_line(&message, line, cut);
	if (exchange->told)
		add_text(&message, ",\"told\":true");
	else
		add_named_variables(&message, line);
	add_text(&message, "}\n");
	return message;
}

static void send_message(struct exchange *exchange, const struct options *options, const struct runtime_conf *conf,
                         const struct buffer *message)
{
	char path[PATH_SPACE];
	const char *socket = getenv("CARO_SOCKET");
	exchange->fd = -1;
	exchange->reply = NULL;
	exchange->result = WIRE_OK;
	if (options->breaker_until > (int64_t)time(NULL))
		return;
	if (!socket || !*socket)
		socket = xdg_path(XDG_CONFIG, "caro.sock", path) ? path : NULL;
	if (!socket)
		return;
	exchange->deadline = wire_clock() + (int64_t)conf->timeout_ms * 1000;
	exchange->result = wire_connect(socket, &exchange->fd);
	if (exchange->result == WIRE_OK)
		exchange->result = wire_send(exchange->fd, message->data, message->length, exchange->deadline);
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
	send_message(exchange, options, conf, &message);
}

static struct buffer agent_message(struct exchange *exchange, const struct options *options,
				   const struct runtime_conf *conf, const struct agent_call *call, struct bytes line,
				   bool cut)
{
	struct buffer message = start_message(exchange, options, conf, "agent");
	add_string(&message, "agent", call->agent);
	add_string(&message, "event", call->event);
	add_string(&message, "shell", options->shell);
	if (call->cwd)
		add_string(&message, "cwd", call->cwd);
	if (call->status >= 0)
		add_number(&message, "exit_code", call->status);
	add_mode(&message, conf);
	add_line(&message, line, cut);
	if (call->output)
		add_string(&message, "output", call->output);
	/* The fixer asks which commands there are; the guard, what a variable of the line stands for. */
	add_named_variables(&message, call->output ? bytes_of("$PATH") : line);
	add_text(&message, "}\n");
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
	send_message(exchange, options, conf, &message);
}

void begin_request(struct exchange *exchange, const struct options *options, const struct runtime_conf *conf,
                   const char *type)
{
	bool late = !strcmp(type, "late");
	struct buffer message = start_message(exchange, options, conf, late ? "fix" : type);
	add_status(&message, options);
	if (late)
		add_string(&message, "what", "late");
	/* Which commands there are, is a question of this shell's PATH. */
	if (!strcmp(type, "postexec")) {
		add_named_variables(&message, bytes_of(PANES));
		add_relay(&message, options);
	}
	if (!strcmp(type, "suggest"))
		add_string(&message, "what", "transform");
	add_text(&message, "}\n");
	send_message(exchange, options, conf, &message);
}

void begin_answer(struct exchange *exchange, const struct options *options, const struct runtime_conf *conf,
                  bool yes)
{
	struct buffer message = start_message(exchange, options, conf, "preexec");
	add_string(&message, "answer", yes ? "yes" : "no");
	add_text(&message, "}\n");
	send_message(exchange, options, conf, &message);
}

void end_exchange(struct exchange *exchange)
{
	if (exchange->fd < 0)
		return;
	if (exchange->result == WIRE_OK && !exchange->told)
		exchange->result = wire_receive(exchange->fd, exchange->id, reply, sizeof reply, exchange->deadline);
	if (exchange->result == WIRE_OK && !exchange->told)
		exchange->reply = reply;
	close(exchange->fd);
	exchange->fd = -1;
}
