#include "hook/agents.h"

#include "lib/base/buffer.h"
#include "lib/base/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct agent agents[] = {
#include "hook/agents.inc"
};

const struct agent *find_agent(const char *name)
{
	for (size_t i = 0; i < sizeof agents / sizeof *agents; i++)
		if (!strcmp(agents[i].name, name))
			return &agents[i];
	return NULL;
}

bool is_word_of(const char *list, const char *word)
{
	size_t length = strlen(word);
	while (*list) {
		size_t size = strcspn(list, " ");
		if (size == length && size && !strncmp(list, word, size))
			return true;
		list += size + strspn(list + size, " ");
	}
	return false;
}

static void print_json(const char *text)
{
	size_t size = strlen(text) * 6 + 3;
	char *memory = malloc(size);
	if (!memory)
		return;
	struct buffer json = buffer_in(memory, size);
	add_json(&json, bytes_of(text));
	fwrite(json.data, 1, json.length, stdout);
	free(memory);
}

void print_answer(const char *answer, const char *event, const char *reason, const char *arguments)
{
	if (!*answer)
		return;
	for (; *answer; answer++) {
		if (*answer != '%')
			putchar(*answer);
		else if (answer[1] == 'i' && arguments)
			fputs(arguments, stdout), answer++;
		else
			print_json(*++answer == 'e' ? event : reason);
	}
	putchar('\n');
}
