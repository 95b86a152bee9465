#include "lib/gate/compiled_table.h"

#include "lib/gate/split_line.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

static const struct table_entry fork_bomb = {
	"",
	"",
	"",
	"",
	"exhaust",
	"starts copies of itself without end: the machine stands still",
	"ulimit -u 200 bounds what a script may start",
	false,
};

struct search {
	const struct table_entry *found;
};

static split_visitor judge_command;

static const struct table_entry *judge_text(const char *text, int depth)
{
	struct search search = {NULL};
	if (depth <= SPLIT_DEPTH_MAX)
		split_line(text, depth, judge_command, &search);
	return search.found;
}

static bool judge_command(void *context, const struct split_command *command, int depth)
{
	struct search *search = context;
	search->found = command->is_output ? compiled_entry(">", command->words)
					   : table_judge_words(command->words, depth);
	return !search->found;
}

void table_reads_text(void)
{
	table_text_judge = judge_text;
}

/* :(){ :|:& };: under any name: a function that pipes itself into itself, and is called. */
static bool is_fork_bomb(const char *line)
{
	char name[32], tight[256];
	size_t used = 0;
	for (; *line && used + 1 < sizeof tight; line++)
		if (!isspace((unsigned char)*line))
			tight[used++] = *line;
	tight[used] = '\0';
	const char *body = strstr(tight, "(){");
	if (!body)
		return false;
	const char *start = body;
	while (start > tight && !strchr(";&|{}()", start[-1]))
		start--;
	if (start != tight && !strncmp(start, "function", 8))
		start += 8;
	size_t length = (size_t)(body - start);
	if (!length || length * 2 + 2 > sizeof name)
		return false;
	memcpy(name, start, length);
	name[length] = '|';
	memcpy(name + length + 1, start, length);
	name[2 * length + 1] = '\0';
	return strstr(body, name) != NULL;
}

const struct table_entry *table_judge_line(const char *line)
{
	table_reads_text();
	return is_fork_bomb(line) ? &fork_bomb : judge_text(line, 0);
}
