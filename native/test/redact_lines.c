/* redact_lines [--repeat N] [PATTERN...]: the redactor, for the tests. Reads lines "A HEX HEX..." (arguments) or
 * "T HEX" (a line of shell text) and prints them redacted, in the same form; with --repeat, microseconds per line. */
#include "lib/redact/redact.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ARGS_MAX 4096
#define LINE_MAX_BYTES (1 << 20)

static struct runtime_conf conf;
static char line[LINE_MAX_BYTES], text[LINE_MAX_BYTES], memory[LINE_MAX_BYTES];
static struct bytes args[ARGS_MAX], shown[ARGS_MAX];
static size_t indexes[ARGS_MAX];

static size_t read_args(char *at)
{
	size_t count = 0;
	char *to = text;
	for (char *word = strtok(at, " \n"); word && count < ARGS_MAX; word = strtok(NULL, " \n")) {
		args[count].data = to;
		for (; word[0] != '-' && word[0] && word[1]; word += 2) {
			char pair[3] = {word[0], word[1], 0};
			*to++ = (char)strtol(pair, NULL, 16);
		}
		args[count].length = (size_t)(to - args[count].data);
		count++;
	}
	return count;
}

static void print_hex(struct bytes word)
{
	putchar(' ');
	if (!word.length)
		putchar('-');
	for (size_t i = 0; i < word.length; i++)
		printf("%02x", (unsigned char)word.data[i]);
}

static void redact(char kind, size_t count)
{
	struct buffer space = buffer_in(memory, sizeof memory);
	if (kind == 'T')
		shown[0] = redact_text(&conf, args[0], &space);
	else
		redact_argv(&conf, args, count, shown, indexes, &space);
}

static double seconds(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
	redact_fully();
	long repeat = argc > 2 && !strcmp(argv[1], "--repeat") ? atol(argv[2]) : 0, lines = 0;
	double spent = 0;
	conf.redact = true;
	for (int i = repeat ? 3 : 1; i < argc; i++) {
		conf.entries[conf.count].list = CONF_REDACT_PATTERN;
		conf.entries[conf.count++].value = argv[i];
	}
	while (fgets(line, sizeof line, stdin)) {
		size_t count = read_args(line + 1);
		double start = seconds();
		for (long i = 0; i < repeat; i++)
			redact(line[0], count);
		spent += seconds() - start;
		lines += repeat;
		redact(line[0], count);
		putchar(line[0]);
		for (size_t i = 0; i < count; i++)
			print_hex(shown[i]);
		putchar('\n');
	}
	if (lines)
		fprintf(stderr, "%.3f\n", spent * 1e6 / (double)lines);
	return 0;
}
