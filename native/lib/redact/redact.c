#include "lib/redact/redact.h"

#include "lib/redact/redact_command.h"
#include "lib/redact/redact_pattern.h"
#include "lib/redact/redact_scan.h"
#include "lib/redact/redact_table.h"

#include <string.h>

/* The text without its secrets, or as it is where it holds none. */
static struct bytes masked(const struct runtime_conf *conf, struct marks *marks, struct buffer *space)
{
	size_t before = space->length;
	if (text_rooms)
		text_rooms->forms(marks);
	mark_patterns(conf, marks);
	if (marks->count == 0)
		return (struct bytes){marks->text, marks->length};
	add_masked(space, marks);
	if (!space->full)
		return (struct bytes){space->data + before, space->length - before};
	space->length = before;
	space->full = false;
	return bytes_of(MASK);
}

size_t redact_argv(const struct runtime_conf *conf, const struct bytes *argv, size_t argc, struct bytes *shown,
		   size_t *indexes, struct buffer *space)
{
	struct command command = {0};
	size_t count = 0;
	if (!conf->redact) {
		memcpy(shown, argv, argc * sizeof *argv);
		return 0;
	}
	unpack_table();
	begin_command(&command, ';');
	for (size_t i = 0; i < argc; i++) {
		struct marks marks = {.text = argv[i].data, .length = argv[i].length};
		judge_word(&command, &marks, 0, argv[i].length);
		shown[i] = masked(conf, &marks, space);
		if (marks.count)
			indexes[count++] = i;
	}
	return count;
}

struct bytes redact_text(const struct runtime_conf *conf, struct bytes text, struct buffer *space)
{
	struct marks marks = {.text = text.data, .length = text.length, .shell = true};
	if (!conf->redact)
		return text;
	unpack_table();
	redact_shell(&marks, 0, text.length, 0);
	return masked(conf, &marks, space);
}

size_t redact_spans(const struct runtime_conf *conf, struct bytes text, struct span *spans)
{
	struct marks marks = {.text = text.data, .length = text.length, .shell = true};
	unpack_table();
	redact_shell(&marks, 0, text.length, 0);
	if (text_rooms)
		text_rooms->forms(&marks);
	mark_patterns(conf, &marks);
	memcpy(spans, marks.spans, marks.count * sizeof *spans);
	return marks.count;
}
