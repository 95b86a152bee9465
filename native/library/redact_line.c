/* libcaro-redact.so: one line of shell text without its secrets, for src/caro/record/redact_in_c.py.
 *
 * The rooms of lib/redact alone: no configuration is read here, so there are no patterns of the user's. Who has some asks
 * Python. The C library gives it str* and mem* alone, so that it loads into any Python. */
#include "lib/redact/redact.h"
#include "lib/redact/redact_pattern.h"

/* Return the length of the line without its secrets, which then stands in `space`; SIZE_MAX where it holds none. `text`
 * ends with a NUL that `length` doesn't count. A line that doesn't fit into `room` is hidden whole. Not for two threads
 * at a time. */
__attribute__((visibility("default"))) size_t caro_redact_line(const char *text, size_t length, char *space,
							       size_t room);

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
	struct bytes shown = redact_text(&conf, (struct bytes){text, length}, &buffer);
	if (shown.data == text)
		return SIZE_MAX;
	if (shown.data != space) { /* it didn't fit: a constant stands for it */
		buffer = buffer_in(space, room);
		add_bytes(&buffer, shown.data, shown.length);
	}
	return buffer.length;
}
