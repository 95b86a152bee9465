#include "hook/options.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SHELL_NAME_MAX 16
/* A shell opens its breaker for 30 s. Times further ahead come from a clock that was set back, or are none; but those
 * that no clock will show say that the daemon is not to be asked at all. */
#define BREAKER_AHEAD_MAX 60
#define NEVER_ASK 9999999999

/* Options that have a value; the others have none. */
#define WITH_VALUE "spnedufgCt"

static int64_t number_or(const char *text, int64_t unknown)
{
	char *end;
	errno = 0;
	long long number = strtoll(text, &end, 10);
	return *text == '\0' || *end != '\0' || errno != 0 || number < 0 ? unknown : number;
}

static long long_or(const char *text, long unknown)
{
	int64_t number = number_or(text, unknown);
	return number > LONG_MAX ? unknown : (long)number;
}

bool is_uuid(const char *text)
{
	for (int i = 0; i < 36; i++) {
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;
		if (dash ? text[i] != '-' : text[i] == '\0' || strchr("0123456789abcdef", text[i]) == NULL)
			return false;
	}
	return text[36] == '\0';
}

static void take_breaker(struct options *options, const char *value)
{
	int64_t until = number_or(value, 0);
	bool wrong = until > (int64_t)time(NULL) + BREAKER_AHEAD_MAX && until < NEVER_ASK;
	options->breaker_until = wrong ? 0 : until;
}

static void take_status(struct options *options, const char *value)
{
	long number = long_or(value, -1);
	options->has_status = number >= 0 && number <= INT_MAX;
	options->status = options->has_status ? (int)number : 0;
}

static void take_file(struct options *options, const char *value)
{
	options->line_file = value;
	options->source = LINE_FROM_FILE;
	options->history_form = true;
}

static void take_value(struct options *options, char letter, const char *value)
{
	switch (letter) {
	case 's':
		if (strlen(value) <= SHELL_NAME_MAX)
			options->shell = value;
		break;
	case 'p':
		options->shell_pid = long_or(value, 0);
		if (options->shell_pid > INT_MAX)
			options->shell_pid = 0;
		break;
	case 'n':
		options->sequence = long_or(value, 0);
		break;
	case 'C':
		options->cursor = long_or(value, -1);
		break;
	case 'e':
		take_status(options, value);
		break;
	case 'd':
		options->duration_us = number_or(value, -1);
		break;
	case 'u':
		take_breaker(options, value);
		break;
	case 't':
		options->typed_bytes = long_or(value, 0);
		break;
	case 'f':
		take_file(options, value);
		break;
	default:
		options->flag = value[0] >= '0' && value[0] <= '9' && !value[1] ? value[0] - '0' : -1;
	}
}

static void take_flag(struct options *options, char letter)
{
	switch (letter) {
	case 'i':
		options->source = LINE_FROM_STDIN;
		break;
	case 'x':
		options->source = LINE_UNKNOWN;
		break;
	case 'r':
		options->source = LINE_RAN;
		break;
	case 'H':
		options->history_form = true;
		break;
	case 'o':
		options->print_number = true;
		break;
	case 'k':
		options->interrupt_shell = true;
		break;
	case 'h':
		options->tell_secret = true;
		break;
	case 'w':
		options->tell_shown = true;
		break;
	}
}

/* One word of options: `-ox`, `-n7`, or `-n` with its value in `next`. Returns true where that was taken. */
static bool take_word(struct options *options, const char *word, const char *next)
{
	for (const char *letter = word + 1; *letter; letter++) {
		if (!strchr(WITH_VALUE, *letter)) {
			take_flag(options, *letter);
			continue;
		}
		bool apart = letter[1] == '\0';
		const char *value = apart ? next : letter + 1;
		if (value)
			take_value(options, *letter, value);
		return apart && next;
	}
	return false;
}

struct options parse_options(int argc, char **argv)
{
	const char *session = getenv("CARO_SESSION_ID");
	struct options options = {.command = argv[1], .shell = "sh", .flag = -1, .cursor = -1, .duration_us = -1};
	options.session = session && is_uuid(session) ? session : NULL;
	for (int i = 2; i < argc; i++)
		if (argv[i][0] == '-' && take_word(&options, argv[i], i + 1 < argc ? argv[i + 1] : NULL))
			i++;
	return options;
}
