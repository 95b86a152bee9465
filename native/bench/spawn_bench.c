/* spawn_bench N -- CMD ARG... [-- CMD ARG...]...: what one start of each command costs, measured interleaved.
 *
 * Each round runs every command once (posix_spawn + waitpid, in an order that turns from round to round), so that a
 * machine that gets slower meanwhile slows all of them. Prints JSON: microseconds, median and quartiles, and the ratio
 * and difference of the medians to the first command's. 100: usage. 111: a command can't be started. */
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

#define COMMANDS_MAX 32

extern char **environ;

struct command {
	char **argv;
	double *times;
};

static double now_us(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static double time_once(char **argv)
{
	pid_t pid;
	int status;
	double start = now_us();
	if (posix_spawnp(&pid, argv[0], NULL, NULL, argv, environ) != 0) {
		fprintf(stderr, "spawn_bench: cannot start %s\n", argv[0]);
		exit(111);
	}
	waitpid(pid, &status, 0);
	return now_us() - start;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

static void print_json_text(const char *text)
{
	putchar('"');
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			putchar('\\');
		putchar((unsigned char)*text < 0x20 ? ' ' : *text);
	}
	putchar('"');
}

static void print_command(const struct command *command, const struct command *first, int n)
{
	double median = command->times[n / 2], base = first->times[n / 2];
	printf("{\"argv\":[");
	for (char **arg = command->argv; *arg; arg++) {
		if (arg != command->argv)
			putchar(',');
		print_json_text(*arg);
	}
	printf("],\"median_us\":%.1f,\"p25_us\":%.1f,\"p75_us\":%.1f,\"added_us\":%.1f,\"ratio\":%.3f}", median,
	       command->times[n / 4], command->times[n * 3 / 4], median - base, median / base);
}

/* `argv` starts with "--". The separators become the NULL that ends each command. */
static int split_commands(struct command *commands, char **argv)
{
	int count = 0;
	while (*argv && count < COMMANDS_MAX) {
		*argv++ = NULL;
		if (!*argv || !strcmp(*argv, "--"))
			return 0;
		commands[count++].argv = argv;
		while (*argv && strcmp(*argv, "--"))
			argv++;
	}
	return count;
}

int main(int argc, char **argv)
{
	static struct command commands[COMMANDS_MAX];
	int n = argc > 3 ? atoi(argv[1]) : 0;
	int count = n > 0 && !strcmp(argv[2], "--") ? split_commands(commands, argv + 2) : 0;
	if (!count) {
		fputs("usage: spawn_bench N -- CMD ARG... [-- CMD ARG...]...\n", stderr);
		return 100;
	}
	for (int i = 0; i < count; i++)
		commands[i].times = calloc((size_t)n, sizeof(double));
	for (int round = -3; round < n; round++)
		for (int i = 0; i < count; i++) {
			struct command *command = &commands[(i + round + 3) % count];
			double time = time_once(command->argv);
			if (round >= 0)
				command->times[round] = time;
		}
	for (int i = 0; i < count; i++)
		qsort(commands[i].times, (size_t)n, sizeof(double), by_value);
	printf("{\"n\":%d,\"commands\":[", n);
	for (int i = 0; i < count; i++) {
		printf(i ? ",\n" : "\n");
		print_command(&commands[i], &commands[0], n);
	}
	puts("\n]}");
	return 0;
}
