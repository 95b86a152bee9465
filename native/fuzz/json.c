/* Fuzzes the way from argv to the event's line: the input, cut at NULs, is argv. */
#include "lib/event/event.h"
#include "lib/base/utf8.h"

#include <stdlib.h>

#define ARGS_MAX 4096

static size_t split(struct bytes args[ARGS_MAX], const char *data, size_t size)
{
	size_t count = 0;
	while (count < ARGS_MAX) {
		const char *end = size ? memchr(data, 0, size) : NULL;
		args[count++] = (struct bytes){data, end ? (size_t)(end - data) : size};
		if (!end)
			return count;
		size -= (size_t)(end - data) + 1;
		data = end + 1;
	}
	return count;
}

/* What every line has to be: one line, UTF-8, no control character. */
static void check(const struct buffer *line)
{
	if (line->full || !line->length || line->data[line->length - 1] != '\n')
		abort();
	if (!utf8_valid((struct bytes){line->data, line->length}))
		abort();
	for (size_t i = 0; i + 1 < line->length; i++)
		if ((unsigned char)line->data[i] < 0x20)
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char memory[EVENT_LINE_MAX];
	static struct runtime_conf conf;
	static struct bytes args[ARGS_MAX];
	struct buffer line = buffer_in(memory, sizeof memory);
	struct event event;
	parse_runtime_conf(&conf, "", 0);
	event_init(&event, "exec", "shim");
	event.argv = args;
	event.argc = split(args, (const char *)data, size);
	add_event(&line, &event, &conf);
	check(&line);
	return 0;
}
