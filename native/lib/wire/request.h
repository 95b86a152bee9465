/* The one writer of requests to the daemon, and the exchange of one request for one reply in two halves, so that other
 * work fits into the wait. docs/wire.md, section 2, has the messages. */
#ifndef CARO_REQUEST_H
#define CARO_REQUEST_H

#include "lib/base/buffer.h"
#include "lib/base/bytes.h"
#include "lib/base/uuid7.h"
#include "lib/wire/wire.h"

#include <stdbool.h>

struct exchange {
	enum wire_result result;
	int fd;
	bool told;      /* nobody waits for a reply */
	int timeout_ms; /* how long the reply is waited for */
	int64_t deadline;
	char id[UUID_TEXT];
	const char *reply; /* after end_exchange: the reply, or NULL; good until the next exchange */
};

/* Makes an exchange in which nobody has been asked: WIRE_OK and no reply. */
struct exchange new_exchange(int timeout_ms);

/* Begins a request in static memory: version, type, a new id, session (NULL: none), time and timeout. What is added
 * below goes behind it; `full` afterwards means that it is too long to be sent. */
struct buffer start_request(struct exchange *exchange, const char *type, const char *session);
/* Each adds one field. A NULL string is left out. */
void add_string(struct buffer *to, const char *key, const char *value);
void add_number(struct buffer *to, const char *key, int64_t value);
void add_flag(struct buffer *to, const char *key, bool value);
/* Adds the present folder, where there is one. */
void add_cwd(struct buffer *to);
/* Adds `line`, and `line_b64` where it is not UTF-8. `cut`: it is the beginning of a longer one. */
void add_line(struct buffer *to, struct bytes line, bool cut);
/* Adds as many of the arguments as fit, and `cut` where that is not all of them. */
void add_argv(struct buffer *to, char *const *argv);

/* Ends the request, connects ($CARO_SOCKET, else ~/.config/caro/caro.sock) and sends; never waits for the daemon but
 * where the socket's buffer is full. */
void send_request(struct exchange *exchange, struct buffer *request);
/* Waits for the reply, where there will be one, until the deadline and closes. */
void end_exchange(struct exchange *exchange);

#endif
