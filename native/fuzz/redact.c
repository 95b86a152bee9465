/* The redactor: the first byte chooses shell text or arguments, which a NUL separates. */
#include "lib/redact/redact.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define ARGS_MAX 64

static struct runtime_conf conf;

static void redact_as_argv(struct bytes text, struct buffer *space)
{
	struct bytes args[ARGS_MAX], shown[ARGS_MAX];
	size_t indexes[ARGS_MAX], count = 0;
	while (count < ARGS_MAX && text.length) {
		const char *end = memchr(text.data, 0, text.length);
		size_t length = end ? (size_t)(end - text.data) : text.length;
		args[count++] = (struct bytes){text.data, length};
		text.data += length + (end != NULL);
		text.length -= length + (end != NULL);
	}
	size_t redacted = redact_argv(&conf, args, count, shown, indexes, space);
	for (size_t i = 0; i < redacted; i++)
		if (indexes[i] >= count || (i && indexes[i] <= indexes[i - 1]))
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	redact_fully();
	static char memory[1 << 16];
	struct buffer space = buffer_in(memory, size ? (size_t)data[0] * 64 : 0);
	conf.redact = true;
	if (size < 2)
		return 0;
	char *copy = malloc(size - 1); /* so that a read past its end is seen */
	memcpy(copy, data + 1, size - 1);
	struct bytes text = {copy, size - 1};
	if (data[0] & 1)
		redact_as_argv(text, &space);
	else
		(void)redact_text(&conf, text, &space);
	free(copy);
	return 0;
}
