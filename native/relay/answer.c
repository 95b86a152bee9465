#include "relay/answer.h"

#include "lib/base/buffer.h"
#include "lib/wire/wire.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#ifndef MSG_NOSIGNAL
#define MSG_NOSIGNAL 0 /* SIGPIPE is ignored */
#endif

static bool make_folder(struct answering *answering, const char *parent)
{
	static const char name[] = "/caro-relay.XXXXXX";
	if (!parent || parent[0] != '/' || strchr(parent, ':') ||
	    strlen(parent) + sizeof name > sizeof answering->folder)
		return false;
	strcpy(answering->folder, parent);
	strcat(answering->folder, name);
	return mkdtemp(answering->folder) != NULL; /* 0700, whatever the umask */
}

static int listen_at(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	if (fd < 0)
		return -1;
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	fcntl(fd, F_SETFL, O_NONBLOCK);
	strcpy(address.sun_path, path);
	if (bind(fd, (struct sockaddr *)&address, sizeof address) != 0 || chmod(path, 0600) != 0 ||
	    listen(fd, 8) != 0) {
		close(fd);
		return -1;
	}
	return fd;
}

void start_answering(struct answering *answering)
{
	answering->listener = -1;
	for (int i = 0; i < ASKERS_MAX; i++)
		answering->askers[i].fd = -1;
	if (!make_folder(answering, getenv("XDG_RUNTIME_DIR")) && !make_folder(answering, getenv("TMPDIR")) &&
	    !make_folder(answering, "/tmp")) {
		answering->folder[0] = '\0';
		return;
	}
	strcpy(answering->path, answering->folder);
	strcat(answering->path, "/s");
	answering->listener = listen_at(answering->path);
}

void stop_answering(struct answering *answering)
{
	if (!answering->folder[0])
		return;
	unlink(answering->path);
	rmdir(answering->folder);
}

void poll_answering(const struct answering *answering, struct pollfd *polls)
{
	polls[0] = (struct pollfd){.fd = answering->listener, .events = POLLIN};
	for (int i = 0; i < ASKERS_MAX; i++)
		polls[i + 1] = (struct pollfd){.fd = answering->askers[i].fd, .events = POLLIN};
}

static void dismiss(struct asker *asker)
{
	close(asker->fd);
	asker->fd = -1;
}

static void admit(struct answering *answering)
{
	uid_t uid;
	int fd = accept(answering->listener, NULL, NULL);
	if (fd < 0)
		return;
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	fcntl(fd, F_SETFL, O_NONBLOCK);
	for (int i = 0; i < ASKERS_MAX; i++) {
		if (answering->askers[i].fd < 0 && wire_peer_uid(fd, &uid) == 0 && uid == geteuid()) {
			answering->askers[i].fd = fd;
			answering->askers[i].length = 0;
			return;
		}
	}
	close(fd);
}

/* One send: what the socket's buffer does not take is not worth waiting for. */
static void send_output(int fd, const struct printed *printed)
{
	static char message[32 + CAPTURE_BYTES];
	struct buffer to = buffer_in(message, 32);
	add_text(&to, "1 ");
	add_unsigned(&to, printed->total);
	add_char(&to, '\n');
	size_t length = copy_printed(printed, message + to.length);
	ssize_t ignored = send(fd, message, to.length + length, MSG_NOSIGNAL);
	(void)ignored;
}

static bool is_whole(const struct asker *asker)
{
	return asker->length && asker->question[asker->length - 1] == '\n';
}

/* False where the asker is to be dismissed. */
static bool hear(struct asker *asker)
{
	size_t room = sizeof asker->question - asker->length;
	ssize_t got = room ? read(asker->fd, asker->question + asker->length, room) : 0;
	if (got <= 0)
		return got < 0 && (errno == EAGAIN || errno == EINTR);
	asker->length += (size_t)got;
	return true;
}

/* True where the question is about a recording, and answered. */
static bool reply_to_record(const struct answering *answering, struct asker *asker)
{
	static const char word[] = "record";
	char *text = asker->question + sizeof word - 1;
	if (asker->length < sizeof word || memcmp(asker->question, word, sizeof word - 1) != 0)
		return false;
	asker->question[asker->length - 1] = '\0';
	bool done = answering->record(answering->self, *text == ' ' ? text + 1 : NULL);
	ssize_t ignored = send(asker->fd, done ? "1\n" : "0\n", 2, MSG_NOSIGNAL);
	(void)ignored;
	dismiss(asker);
	return true;
}

static bool is_about(const struct asker *asker, const struct printed *printed)
{
	size_t length = asker->length - 1;
	return strlen(printed->tag) == length && memcmp(printed->tag, asker->question, length) == 0;
}

static void reply(struct asker *asker, const struct capture *capture)
{
	bool last = is_about(asker, &capture->last);
	if (!last && !is_about(asker, &capture->before)) {
		ssize_t ignored = send(asker->fd, "0\n", 2, MSG_NOSIGNAL);
		(void)ignored;
	} else if (last && capture->open) {
		return; /* its end is on its way through the terminal */
	} else {
		send_output(asker->fd, last ? &capture->last : &capture->before);
	}
	dismiss(asker);
}

void answer(struct answering *answering, const struct pollfd *polls, const struct capture *capture)
{
	for (int i = 0; i < ASKERS_MAX; i++) {
		struct asker *asker = &answering->askers[i];
		if (asker->fd >= 0 && polls[i + 1].fd == asker->fd && polls[i + 1].revents && !hear(asker))
			dismiss(asker);
		if (asker->fd >= 0 && is_whole(asker) && !reply_to_record(answering, asker))
			reply(asker, capture);
	}
	if (answering->listener >= 0 && polls[0].revents & POLLIN)
		admit(answering);
}
