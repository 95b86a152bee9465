/* The client's side of the wire: one request, one reply, a hard deadline. docs/wire.md has the messages;
 * src/caro/wire.py is the other side. Change WIRE_VERSION in both when a message changes its meaning. */
#ifndef CARO_WIRE_H
#define CARO_WIRE_H

#include "lib/base/bytes.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define WIRE_VERSION 1
#define WIRE_MESSAGE_MAX 262144 /* bytes, with the newline */

enum wire_result {
	WIRE_OK,
	WIRE_ABSENT,  /* nobody listens: normal, silent */
	WIRE_MISS,    /* somebody listens, but no answer came in time, or none that can be read */
	WIRE_REFUSED, /* something is in the way that we don't talk to: wire_refusal() says what */
};

/* Return the monotonic clock in microseconds: deadlines are absolute values of it. */
int64_t wire_clock(void);

/* Connects to the socket at path; never waits. On WIRE_OK *fd is a non-blocking, close-on-exec socket whose
 * peer has our uid. */
enum wire_result wire_connect(const char *path, int *fd);

/* Return the user at the other end of a Unix socket; -1 where the system does not tell. */
int wire_peer_uid(int fd, uid_t *uid);

/* Sends message, which ends in a newline. */
enum wire_result wire_send(int fd, const char *message, size_t length, int64_t deadline);

/* Reads lines into buffer until one carries id; others are stale and dropped. The line is NUL-terminated. */
enum wire_result wire_receive(int fd, const char *id, char *buffer, size_t size, int64_t deadline);

/* Copies the string that stands at key in the top-level object, or at `key.key` (or the first element of an array of
 * strings). Returns its length, or -1 where there is none or it does not fit. The value never holds a NUL. */
long wire_string(const char *reply, const char *key, char *value, size_t size);

/* Copies the string at an index of the array that stands at key. Returns its length; -1: there is none, or no string. */
long wire_element(const char *object, const char *key, size_t index, char *value, size_t size);

/* Return what stands at a path, read strictly: UNCLEAR where two readers could read it differently (a key that stands
 * twice or is written with escapes, on the way there too). */
enum wire_kind { KIND_ABSENT, KIND_STRING, KIND_NULL, KIND_OBJECT, KIND_OTHER, KIND_UNCLEAR };
enum wire_kind wire_kind(const char *object, const char *path);
/* True if `text` is one object, from its first to its last byte: nothing is missing at its end. */
int wire_whole(const char *text, size_t length);

/* Return the text of the value that stands at a path, blanks behind it included; without data where there is none. */
struct bytes wire_value(const char *object, const char *path);

/* Return the whole part of the number at key; -1: none that is positive or 0. */
long wire_number(const char *reply, const char *key);

/* True if the object has the key, with a value other than null and false. */
int wire_has(const char *reply, const char *key);

/* Return one sentence on the last WIRE_REFUSED. */
const char *wire_refusal(void);

#endif
