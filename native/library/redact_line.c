/* libcaro-redact.so: lines of shell text without their secrets, for src/caro/redact/in_c.py.
 *
 * The rooms of lib/redact alone: no configuration is read here, so there are no patterns of the user's. Who has some asks
 * Python. The C library gives it str* and mem* alone, so that it loads into any Python. */
#include "lib/redact/redact.h"
#include "lib/redact/redact_lists.h"
#include "lib/redact/redact_pattern.h"

#include <stdint.h>

/* Return the length of the line without its secrets, which then stands in `space`; SIZE_MAX where it holds none. `text`
 * ends with a NUL that `length` doesn't count. A line that doesn't fit into `room` is hidden whole. Not for two threads
 * at a time. */
__attribute__((visibility("default"))) size_t caro_redact_line(const char *text, size_t length, char *space,
							       size_t room);

/* Do the same for `count` lines of these lengths that stand one behind the other, each with its NUL. What is shown of
 * them stands in `space` one behind the other without a NUL, its lengths in `shown`, UNCHANGED for a line without a
 * secret. Each line takes LINE_ROOM more than its length at most; a line that has no room is hidden whole, and `false`
 * says that even that had none. */
#define LINE_ROOM ((size_t)MARKS_MAX * sizeof "***")
#define UNCHANGED UINT32_MAX
__attribute__((visibility("default"))) bool caro_redact_lines(const char *texts, const uint32_t *lengths, size_t count,
							      char *space, size_t room, uint32_t *shown);

/* In place of lib/redact/redact_pattern.c. */
void mark_patterns(const struct runtime_conf *conf, struct marks *marks)
{
	(void)conf;
	(void)marks;
}

size_t caro_redact_line(const char *text, size_t length, char *space, size_t room)
{
	static struct runtime_conf conf;
	struct buffer buffer = buffer_in(space, room);
	conf.redact = true;
	redact_fully();
	index_lists();
	struct bytes shown = redact_text(&conf, (struct bytes){text, length}, &buffer);
	if (shown.data == text)
		return SIZE_MAX;
	if (shown.data != space) { /* it didn't fit: a constant stands for it */
		buffer = buffer_in(space, room);
		add_bytes(&buffer, shown.data, shown.length);
	}
	return buffer.length;
}

bool caro_redact_lines(const char *texts, const uint32_t *lengths, size_t count, char *space, size_t room,
		       uint32_t *shown)
{
	size_t used = 0;
	for (size_t i = 0; i < count; i++) {
		if (room - used < lengths[i] + LINE_ROOM)
			return false;
		size_t length = caro_redact_line(texts, lengths[i], space + used, lengths[i] + LINE_ROOM);
		shown[i] = length == SIZE_MAX ? UNCHANGED : (uint32_t)length;
		used += length == SIZE_MAX ? 0 : length;
		texts += lengths[i] + 1;
	}
	return true;
}
