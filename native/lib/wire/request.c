#include "lib/wire/request.h"

#include "lib/base/base64.h"
#include "lib/base/json.h"
#include "lib/base/utf8.h"
#include "lib/base/xdg.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* Kept free of arguments, for what is added behind them. */
#define ROOM_AFTER_ARGV 4096
#define END "}\n"

static char request_text[WIRE_MESSAGE_MAX], reply_text[WIRE_MESSAGE_MAX];

struct exchange new_exchange(int timeout_ms)
{
	return (struct exchange){.fd = -1, .timeout_ms = timeout_ms};
}

static void add_key(struct buffer *to, const char *key)
{
	add_text(to, ",\"");
	add_text(to, key);
	add_text(to, "\":");
}

void add_string(struct buffer *to, const char *key, const char *value)
{
	if (!value)
		return;
	add_key(to, key);
	add_json(to, bytes_of(value));
}

void add_number(struct buffer *to, const char *key, int64_t value)
{
	add_key(to, key);
	if (value < 0)
		add_char(to, '-');
	add_unsigned(to, value < 0 ? -(uint64_t)value : (uint64_t)value);
}

void add_flag(struct buffer *to, const char *key, bool value)
{
	add_key(to, key);
	add_text(to, value ? "true" : "false");
}

void add_cwd(struct buffer *to)
{
	char cwd[PATH_SPACE];
	add_string(to, "cwd", getcwd(cwd, sizeof cwd));
}

void add_line(struct buffer *to, struct bytes line, bool cut)
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
		add_flag(to, "cut", true);
}

void add_argv(struct buffer *to, char *const *argv)
{
	add_key(to, "argv");
	add_char(to, '[');
	size_t capacity = to->capacity;
	bool cut = false;
	to->capacity -= ROOM_AFTER_ARGV;
	for (char *const *word = argv; *word; word++) {
		size_t before = to->length;
		if (word != argv)
			add_char(to, ',');
		add_json(to, bytes_of(*word));
		if (to->full) {
			to->length = before;
			to->full = false;
			cut = true;
			break;
		}
	}
	to->capacity = capacity;
	add_char(to, ']');
	if (cut)
		add_flag(to, "cut", true);
}

struct buffer start_request(struct exchange *exchange, const char *type, const char *session)
{
	struct timespec now;
	struct buffer request = buffer_in(request_text, sizeof request_text - strlen(END));
	clock_gettime(CLOCK_REALTIME, &now);
	uuid7_at(&now, exchange->id);
	add_text(&request, "{\"v\":1");
	add_string(&request, "type", type);
	add_string(&request, "id", exchange->id);
	add_string(&request, "session", session);
	add_number(&request, "sent", (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000);
	/* Without it the message never gets too old to be heard. */
	if (!exchange->told)
		add_number(&request, "timeout_ms", exchange->timeout_ms);
	return request;
}

static const char *socket_path(char space[PATH_SPACE])
{
	const char *path = getenv("CARO_SOCKET");
	if (path && *path)
		return path;
	return xdg_path(XDG_CONFIG, "caro.sock", space) ? space : NULL;
}

void send_request(struct exchange *exchange, struct buffer *request)
{
	char space[PATH_SPACE];
	const char *path = socket_path(space);
	exchange->fd = -1;
	exchange->reply = NULL;
	exchange->deadline = wire_clock() + (int64_t)exchange->timeout_ms * 1000;
	request->capacity += strlen(END);
	add_text(request, END);
	if (!path)
		exchange->result = WIRE_ABSENT;
	else if (request->full)
		exchange->result = WIRE_MISS;
	else
		exchange->result = wire_connect(path, &exchange->fd);
	if (exchange->result == WIRE_OK)
		exchange->result = wire_send(exchange->fd, request->data, request->length, exchange->deadline);
}

void end_exchange(struct exchange *exchange)
{
	if (exchange->fd < 0)
		return;
	bool waits = exchange->result == WIRE_OK && !exchange->told;
	if (waits)
		exchange->result =
			wire_receive(exchange->fd, exchange->id, reply_text, sizeof reply_text, exchange->deadline);
	if (waits && exchange->result == WIRE_OK)
		exchange->reply = reply_text;
	close(exchange->fd);
	exchange->fd = -1;
}
