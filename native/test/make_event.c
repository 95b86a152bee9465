/* make_event [-r COUNT] [FIELD=VALUE...] [-- ARG...]: prints the event, or appends it COUNT times to the log.
 *
 * For the tests: the line that C writes is compared with golden vectors and with what Python reads. `id` and `ts`
 * ("SECONDS.NANOSECONDS") are fields as all others, so the line is the same each time. `env_diff` and `rules` are
 * words with spaces between. Reads runtime.conf. 100: unknown field. */
#include "lib/event/event.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct runtime_conf conf;
static struct event event;

struct text_field {
	const char *name;
	const char **value;
};

#define TEXT(name) {#name, &event.name},
#define NO_TEXT(name)
#define NO_NUMBER(name, type)
static const struct text_field texts[] = {TEXT(kind) TEXT(source) TEXT(path) TEXT(text)
						  EVENT_FIELDS(TEXT, NO_NUMBER, NO_TEXT)};

#define SET_NUMBER(field, type)                                                                                        \
	if (!strcmp(name, #field))                                                                                     \
		event.field = (type)number;                                                                            \
	else

static int set_text(const char *name, const char *value)
{
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		if (!strcmp(texts[i].name, name)) {
			*texts[i].value = value;
			return 1;
		}
	return 0;
}

static int set_number(const char *name, const char *value)
{
	long number = atol(value);
	EVENT_FIELDS(NO_TEXT, SET_NUMBER, NO_TEXT)
	if (!strcmp(name, "duration_us"))
		event.duration_us = number;
	else if (!strcmp(name, "tty"))
		event.tty = (int)number;
	else
		return 0;
	return 1;
}

static struct names split_names(char *words)
{
	static const char *items[2][256];
	static int used;
	struct names names = {items[used], 0};
	for (char *word = strtok(words, " "); word && names.count < 256; word = strtok(NULL, " "))
		items[used][names.count++] = word;
	used++;
	return names;
}

static int set_other(const char *name, char *value)
{
	if (!strcmp(name, "id"))
		snprintf(event.id, sizeof event.id, "%s", value);
	else if (!strcmp(name, "ts"))
		sscanf(value, "%ld.%ld", &event.ts.tv_sec, &event.ts.tv_nsec);
	else if (!strcmp(name, "env_diff"))
		event.env_diff = split_names(value);
	else if (!strcmp(name, "rules"))
		event.rules = split_names(value);
	else
		return 0;
	return 1;
}

static int set_field(char *word)
{
	char *value = strchr(word, '=');
	if (!value)
		return 0;
	*value++ = '\0';
	return set_text(word, value) || set_number(word, value) || set_other(word, value);
}

static void take_argv(char **argv)
{
	while (argv[event.argc])
		event.argc++;
	struct bytes *list = calloc(event.argc + 1, sizeof *list);
	for (size_t i = 0; i < event.argc; i++)
		list[i] = bytes_of(argv[i]);
	event.argv = list;
}

static int print_event(void)
{
	static char memory[EVENT_LINE_MAX];
	struct buffer line = buffer_in(memory, sizeof memory);
	add_event(&line, &event, &conf);
	if (line.full)
		return 1;
	fwrite(line.data, 1, line.length, stdout);
	return 0;
}

int main(int argc, char **argv)
{
	long count = 0;
	(void)argc;
	read_runtime_conf(&conf);
	event_init(&event, "exec", "shim");
	if (*++argv && !strcmp(*argv, "-r")) {
		count = atol(argv[1]);
		argv += 2;
	}
	for (; *argv && strcmp(*argv, "--"); argv++)
		if (!set_field(*argv))
			return 100;
	if (*argv)
		take_argv(argv + 1);
	if (!count)
		return print_event();
	for (long i = 0; i < count; i++) {
		event.lineno = i;
		write_event(&event, &conf);
	}
	return 0;
}
