#include "relay/offer.h"

#include "lib/base/json.h"
#include "lib/base/xdg.h"
#include "lib/wire/wire.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#ifndef MSG_NOSIGNAL
#define MSG_NOSIGNAL 0 /* SIGPIPE is ignored */
#endif

/* A daemon that is too busy to answer by then drops the question. */
#define ANSWER_US 1000000
/* A daemon that is not there may be about to start. */
#define TRY_AGAIN_US 1000000

bool waits_for_offer(const struct offer *offer)
{
	return offer->waits_until && offer->fd >= 0 && offer->asked[0] && wire_clock() < offer->waits_until;
}

static const char *socket_path(char space[PATH_SPACE])
{
	const char *path = getenv("CARO_SOCKET");
	if (path && *path)
		return path;
	return xdg_path(XDG_CONFIG, "caro.sock", space) ? space : NULL;
}

void open_offers(struct offer *offer)
{
	char space[PATH_SPACE];
	const char *path = offer->fd < 0 ? socket_path(space) : NULL;
	if (path && wire_connect(path, &offer->fd) != WIRE_OK)
		offer->fd = -1;
	offer->try_after = wire_clock() + TRY_AGAIN_US;
	offer->length = 0;
	offer->waits_until = 0;
}

void close_offers(struct offer *offer)
{
	if (offer->fd >= 0)
		close(offer->fd);
	offer->fd = -1;
	offer->waits_until = 0;
	offer->asked[0] = offer->rest[0] = offer->hint[0] = '\0';
}

static void add_member(struct buffer *to, const char *key, const char *value)
{
	add_text(to, ",\"");
	add_text(to, key);
	add_text(to, "\":");
	add_json(to, bytes_of(value));
}

/* The folder of the shell, which may have another shell below it. */
static void add_folder(struct buffer *to, pid_t shell)
{
	char link[40], folder[PATH_SPACE];
	snprintf(link, sizeof link, "/proc/%ld/cwd", (long)shell);
	ssize_t length = readlink(link, folder, sizeof folder - 1);
	if (length <= 0)
		return;
	folder[length] = '\0';
	add_member(to, "cwd", folder);
}

static void write_question(struct buffer *to, const struct offer *offer, pid_t shell)
{
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	add_text(to, "{\"v\":1,\"type\":\"suggest\",\"id\":\"");
	add_unsigned(to, offer->number);
	add_text(to, "\",\"timeout_ms\":1000,\"sent\":");
	add_unsigned(to, (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000);
	add_member(to, "session", offer->session);
	add_member(to, "shell", offer->shell);
	if (offer->pause_ms) {
		add_text(to, ",\"hint_ms\":");
		add_unsigned(to, offer->pause_ms);
	}
	add_member(to, "line", offer->asked);
	add_folder(to, shell);
	add_text(to, "}\n");
}

void ask_offer(struct offer *offer, const char *line, pid_t shell)
{
	char memory[4 * PATH_SPACE];
	struct buffer question = buffer_in(memory, sizeof memory);
	if (offer->fd < 0 && wire_clock() >= offer->try_after)
		open_offers(offer);
	if (offer->fd < 0)
		return;
	snprintf(offer->asked, sizeof offer->asked, "%s", line);
	offer->rest[0] = offer->hint[0] = '\0';
	offer->number++;
	write_question(&question, offer, shell);
	/* What the socket does not take at once is a daemon that does not listen. */
	if (question.full || send(offer->fd, question.data, question.length, MSG_NOSIGNAL) != (ssize_t)question.length)
		close_offers(offer);
	else
		offer->waits_until = wire_clock() + ANSWER_US;
}

static int read_answer(struct offer *offer, const char *answer)
{
	char kind[8], hint[HINT_MAX];
	long length = wire_string(answer, "hint", hint, sizeof hint);
	if (length >= 0) {
		strcpy(offer->hint, hint);
		return HINTED_NOW;
	}
	struct bytes list = wire_value(answer, "suggestions"), partial = wire_value(answer, "partial");
	offer->partial = partial.length == 4 && !memcmp(partial.data, "true", 4);
	offer->waits_until = 0;
	offer->rest[0] = '\0';
	if (!list.data || list.length < 4 || list.data[0] != '[')
		return OFFERED_NOW;
	if (wire_string(list.data + 1, "rest", offer->rest, sizeof offer->rest) < 0)
		offer->rest[0] = '\0';
	offer->whole = wire_string(list.data + 1, "kind", kind, sizeof kind) > 0 && !strcmp(kind, "line");
	return OFFERED_NOW;
}

/* Takes whole lines out of what has come, and what of them answers the last question. */
static int read_answers(struct offer *offer)
{
	char *end, id[16], wanted[16];
	int found = NO_ANSWER;
	snprintf(wanted, sizeof wanted, "%u", offer->number);
	while ((end = memchr(offer->answer, '\n', offer->length)) != NULL) {
		*end = '\0';
		if (wire_string(offer->answer, "id", id, sizeof id) > 0 && !strcmp(id, wanted))
			found |= read_answer(offer, offer->answer);
		offer->length -= (size_t)(end + 1 - offer->answer);
		memmove(offer->answer, end + 1, offer->length);
	}
	return found;
}

int take_offer(struct offer *offer)
{
	ssize_t got = offer->fd < 0
			      ? 0
			      : read(offer->fd, offer->answer + offer->length, sizeof offer->answer - offer->length);
	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return NO_ANSWER;
	if (got <= 0) {
		close_offers(offer);
		return NO_ANSWER;
	}
	offer->length += (size_t)got;
	int found = read_answers(offer);
	if (offer->length == sizeof offer->answer)
		close_offers(offer); /* no answer is as long as that */
	return found;
}
