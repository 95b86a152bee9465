#include "lib/wire/wire.h"

#include "lib/base/buffer.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#ifndef MSG_NOSIGNAL
#define MSG_NOSIGNAL 0 /* there SO_NOSIGPIPE does it */
#endif

static char refusal[512];

const char *wire_refusal(void)
{
	return refusal;
}

int64_t wire_clock(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static enum wire_result refuse(const char *path, const char *reason)
{
	struct buffer sentence = buffer_in(refusal, sizeof refusal);
	add_bytes(&sentence, path, strnlen(path, 300));
	add_char(&sentence, ' ');
	add_text(&sentence, reason);
	end_text(&sentence);
	return WIRE_REFUSED;
}

/* A socket is trusted for where it stands: a folder that only we can write. */
static enum wire_result check_folder(const char *path)
{
	char folder[sizeof((struct sockaddr_un *)0)->sun_path];
	struct stat status;
	const char *slash = strrchr(path, '/');
	if (path[0] != '/' || slash == NULL)
		return refuse(path, "is not an absolute path");
	size_t length = slash == path ? 1 : (size_t)(slash - path);
	memcpy(folder, path, length);
	folder[length] = '\0';
	if (stat(folder, &status) != 0)
		return WIRE_ABSENT;
	if (status.st_uid != geteuid())
		return refuse(folder, "belongs to another user");
	if (status.st_mode & 077)
		return refuse(folder, "is open to other users: chmod 700 it");
	return WIRE_OK;
}

static enum wire_result check_socket(const char *path)
{
	struct stat status;
	if (lstat(path, &status) != 0)
		return WIRE_ABSENT;
	if (S_ISLNK(status.st_mode))
		return refuse(path, "is a symbolic link: remove it");
	if (!S_ISSOCK(status.st_mode))
		return refuse(path, "is not a socket: remove it");
	if (status.st_uid != geteuid())
		return refuse(path, "belongs to another user");
	return WIRE_OK;
}

int wire_peer_uid(int fd, uid_t *uid)
{
#ifdef SO_PEERCRED
	struct ucred peer;
	socklen_t size = sizeof peer;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0)
		return -1;
	*uid = peer.uid;
	return 0;
#else
	gid_t group;
	return getpeereid(fd, uid, &group);
#endif
}

static int open_socket(void)
{
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	if (fd < 0)
		return -1;
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	fcntl(fd, F_SETFL, O_NONBLOCK);
#ifdef SO_NOSIGPIPE
	int on = 1;
	setsockopt(fd, SOL_SOCKET, SO_NOSIGPIPE, &on, sizeof on);
#endif
	return fd;
}

/* A full backlog is EAGAIN on Linux: waiting for a place in it would be waiting for a daemon that hangs. */
static enum wire_result connect_result(const char *path)
{
	switch (errno) {
	case ENOENT:
	case ECONNREFUSED:
		return WIRE_ABSENT;
	case EACCES:
	case EPERM:
		return refuse(path, "can't be opened");
	default:
		return WIRE_MISS;
	}
}

enum wire_result wire_connect(const char *path, int *fd)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	size_t length = strlen(path);
	if (length >= sizeof address.sun_path)
		return refuse(path, "is too long for a socket: set CARO_SOCKET");
	memcpy(address.sun_path, path, length + 1);
	enum wire_result result = check_socket(path);
	if (result == WIRE_OK)
		result = check_folder(path);
	if (result != WIRE_OK)
		return result;
	int connection = open_socket();
	if (connection < 0)
		return WIRE_MISS;
	uid_t uid = (uid_t)-1;
	if (connect(connection, (struct sockaddr *)&address, sizeof address) != 0) {
		result = connect_result(path);
	} else if (wire_peer_uid(connection, &uid) != 0 || uid != geteuid()) {
		result = refuse(path, "is served by another user");
	}
	if (result == WIRE_OK) {
		*fd = connection;
	} else {
		close(connection);
	}
	return result;
}

static int wait_for(int fd, short events, int64_t deadline)
{
	for (;;) {
		int64_t left = deadline - wire_clock();
		if (left <= 0)
			return 0;
		struct pollfd ready = {.fd = fd, .events = events};
		/* Rounded up: rounded down, the last millisecond would be a busy loop. */
		int count = poll(&ready, 1, (int)((left + 999) / 1000));
		if (count > 0)
			return 1;
		if (count == 0 || errno != EINTR)
			return 0;
	}
}

enum wire_result wire_send(int fd, const char *message, size_t length, int64_t deadline)
{
	while (length > 0) {
		ssize_t sent = send(fd, message, length, MSG_NOSIGNAL);
		if (sent > 0) {
			message += sent;
			length -= (size_t)sent;
		} else if (sent < 0 && errno == EINTR) {
			continue;
		} else if (sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
			if (!wait_for(fd, POLLOUT, deadline))
				return WIRE_MISS;
		} else {
			return WIRE_MISS;
		}
	}
	return WIRE_OK;
}

static int carries_id(const char *line, const char *id)
{
	char value[64];
	return wire_string(line, "id", value, sizeof value) >= 0 && strcmp(value, id) == 0;
}

/* Drops the whole lines in buffer that are not ours; returns the bytes that are left, *found tells the match. */
static size_t drop_stale_lines(char *buffer, size_t used, const char *id, int *found)
{
	char *end;
	while ((end = memchr(buffer, '\n', used)) != NULL) {
		*end = '\0';
		if ((*found = carries_id(buffer, id)))
			return used;
		used -= (size_t)(end + 1 - buffer);
		memmove(buffer, end + 1, used);
	}
	return used;
}

enum wire_result wire_receive(int fd, const char *id, char *buffer, size_t size, int64_t deadline)
{
	size_t used = 0;
	int found = 0;
	while (used + 1 < size) {
		if (!wait_for(fd, POLLIN, deadline))
			return WIRE_MISS;
		ssize_t count = read(fd, buffer + used, size - 1 - used);
		if (count < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (count <= 0)
			return WIRE_MISS;
		used = drop_stale_lines(buffer, used + (size_t)count, id, &found);
		if (found)
			return WIRE_OK;
	}
	return WIRE_MISS;
}

/* A reader for the flat objects of the wire. It never allocates and never recurses, so that a reply from a sick
 * daemon costs nothing but its own length. */

static const char *skip_space(const char *at)
{
	while (*at == ' ' || *at == '\t' || *at == '\r' || *at == '\n')
		at++;
	return at;
}

/* at stands on the opening quote; returns the character after the closing one, or NULL. */
static const char *skip_string(const char *at)
{
	for (at++; *at != '"'; at++) {
		if (*at == '\0')
			return NULL;
		if (*at == '\\' && *++at == '\0')
			return NULL;
	}
	return at + 1;
}

static const char *skip_value(const char *at)
{
	long depth = 0;
	do {
		at = skip_space(at);
		if (*at == '\0')
			return NULL;
		if (*at == '"') {
			if ((at = skip_string(at)) == NULL)
				return NULL;
		} else {
			depth += (*at == '{' || *at == '[') - (*at == '}' || *at == ']');
			if (depth < 0)
				return at;
			at++;
		}
		at = skip_space(at);
	} while (*at != '\0' && (depth > 0 || (*at != ',' && *at != '}' && *at != ']')));
	return at;
}

static long hex4(const char *at)
{
	long value = 0;
	for (int i = 0; i < 4; i++) {
		char c = at[i];
		int digit = c >= '0' && c <= '9'                 ? c - '0'
			    : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10
								 : -1;
		if (digit < 0)
			return -1;
		value = value * 16 + digit;
	}
	return value;
}

static size_t put_utf8(unsigned long code, char *out)
{
	if (code < 0x80)
		return out[0] = (char)code, 1;
	if (code < 0x800)
		return out[0] = (char)(0xc0 | code >> 6), out[1] = (char)(0x80 | (code & 63)), 2;
	size_t used = 0;
	if (code < 0x10000) {
		out[used++] = (char)(0xe0 | code >> 12);
	} else {
		out[used++] = (char)(0xf0 | code >> 18);
		out[used++] = (char)(0x80 | (code >> 12 & 63));
	}
	out[used++] = (char)(0x80 | (code >> 6 & 63));
	out[used++] = (char)(0x80 | (code & 63));
	return used;
}

/* Decodes the \uXXXX (and a surrogate pair) that *at stands on. A lone surrogate and a NUL become U+FFFD. */
static unsigned long unicode_escape(const char **at)
{
	long high = hex4(*at + 2);
	if (high < 0)
		return *at += 1, 0xfffd;
	*at += 6;
	if (high >= 0xd800 && high < 0xdc00 && (*at)[0] == '\\' && (*at)[1] == 'u') {
		long low = hex4(*at + 2);
		if (low >= 0xdc00 && low < 0xe000) {
			*at += 6;
			return 0x10000 + ((unsigned long)(high - 0xd800) << 10) + (unsigned long)(low - 0xdc00);
		}
	}
	return high == 0 || (high >= 0xd800 && high < 0xe000) ? 0xfffd : (unsigned long)high;
}

static char plain_escape(char c)
{
	static const char from[] = "nrtbf", to[] = "\n\r\t\b\f";
	const char *found = strchr(from, c);
	return found && c ? to[found - from] : c;
}

static long decode_string(const char *at, char *value, size_t size)
{
	size_t used = 0;
	for (at++; *at != '"';) {
		if (*at == '\0' || used + 5 > size)
			return -1;
		if (*at != '\\') {
			value[used++] = *at++;
		} else if (at[1] == 'u') {
			used += put_utf8(unicode_escape(&at), value + used);
		} else if (at[1] == '\0') {
			return -1;
		} else {
			value[used++] = plain_escape(at[1]);
			at += 2;
		}
	}
	value[used] = '\0';
	return (long)used;
}

/* The value at key of the object that `at` stands on, NULL where there is none. */
static const char *find_member(const char *at, const char *key, size_t length)
{
	at = skip_space(at);
	if (*at++ != '{')
		return NULL;
	while (*(at = skip_space(at)) == '"') {
		int ours = !strncmp(at + 1, key, length) && at[1 + length] == '"';
		if ((at = skip_string(at)) == NULL || *(at = skip_space(at)) != ':')
			return NULL;
		at = skip_space(at + 1);
		if (ours)
			return at;
		if ((at = skip_value(at)) == NULL || *at != ',')
			return NULL;
		at++;
	}
	return NULL;
}

/* The value at a key, or at `key.key`. */
static const char *find_value(const char *reply, const char *path)
{
	while (reply) {
		size_t length = strcspn(path, ".");
		reply = find_member(reply, path, length);
		if (path[length] == '\0')
			break;
		path += length + 1;
	}
	return reply;
}

/* The one value at a key; NULL where there is none. *unclear: a key stands twice, or is written with escapes. */
static const char *only_member(const char *at, const char *key, size_t length, int *unclear)
{
	const char *found = NULL;
	at = skip_space(at);
	if (*at++ != '{')
		return NULL;
	while (*(at = skip_space(at)) == '"') {
		const char *start = at + 1;
		if ((at = skip_string(at)) == NULL)
			break;
		int ours = !strncmp(start, key, length) && start[length] == '"';
		*unclear |= (ours && found) || memchr(start, '\\', (size_t)(at - start)) != NULL;
		if (*(at = skip_space(at)) != ':')
			break;
		at = skip_space(at + 1);
		found = ours ? at : found;
		if ((at = skip_value(at)) == NULL || *at != ',')
			break;
		at++;
	}
	return found;
}

enum wire_kind wire_kind(const char *object, const char *path)
{
	int unclear = 0;
	while (object && !unclear) {
		size_t length = strcspn(path, ".");
		object = only_member(object, path, length, &unclear);
		if (path[length] == '\0')
			break;
		path += length + 1;
	}
	if (unclear)
		return KIND_UNCLEAR;
	if (!object)
		return KIND_ABSENT;
	return *object == '"'                ? KIND_STRING
	       : *object == '{'              ? KIND_OBJECT
	       : !strncmp(object, "null", 4) ? KIND_NULL
					     : KIND_OTHER;
}

int wire_whole(const char *text, size_t length)
{
	const char *at = skip_space(text);
	long depth = 0;
	if (*at != '{' || memchr(text, '\0', length))
		return 0;
	do {
		const char *next = *at == '"' ? skip_string(at) : at + 1;
		depth += (*at == '{' || *at == '[') - (*at == '}' || *at == ']');
		at = next;
	} while (at && *at && depth > 0);
	if (!at)
		return 0;
	return depth == 0 && *skip_space(at) == '\0';
}

long wire_string(const char *reply, const char *key, char *value, size_t size)
{
	const char *at = find_value(reply, key);
	if (at != NULL && *at == '[')
		at = skip_space(at + 1);
	return at != NULL && *at == '"' ? decode_string(at, value, size) : -1;
}

long wire_element(const char *object, const char *key, size_t index, char *value, size_t size)
{
	const char *at = find_value(object, key);
	if (at == NULL || *at != '[')
		return -1;
	for (at = skip_space(at + 1); index > 0; index--) {
		if ((at = skip_value(at)) == NULL || *at != ',')
			return -1;
		at = skip_space(at + 1);
	}
	return *at == '"' ? decode_string(at, value, size) : -1;
}

struct bytes wire_value(const char *object, const char *path)
{
	const char *at = find_value(object, path), *end = at ? skip_value(at) : NULL;
	return end ? (struct bytes){at, (size_t)(end - at)} : (struct bytes){NULL, 0};
}

long wire_number(const char *reply, const char *key)
{
	const char *at = find_value(reply, key);
	long number = -1;
	for (int digits = 0; at != NULL && digits < 9 && *at >= '0' && *at <= '9'; at++, digits++)
		number = (number < 0 ? 0 : number) * 10 + (*at - '0');
	return number;
}

int wire_has(const char *reply, const char *key)
{
	const char *at = find_value(reply, key);
	return at != NULL && strncmp(at, "null", 4) != 0 && strncmp(at, "false", 5) != 0;
}
