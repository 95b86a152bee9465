#include "hook/options.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Empty stands for "not known": shells pass variables that may be unset. */
static int parse_number(const char *text, int64_t *value)
{
	char *end;
	if (*text == '\0') return 0;
	errno = 0;
	long long number = strtoll(text, &end, 10);
	if (*end != '\0' || errno != 0) return -1;
    *value = number;
	return 0;
}

int is_uuid(const char *text)
{
	for (int i = 0; i < 36; i++) {
		int dash = i == 8 || i == 13 || i == 18 || i == 23;
		if (dash ? text[i] != '-' : text[i] == '\0' || strchr("0123456789abcdef", text[i]) == NULL) return 0;
	}
	return text[36] == '\0';
}

static int take_option(int letter, struct options *options)
{
	int64_t number = 0;
	switch (letter) {
	case 's': options->shell = optarg; return 0;
	case 'f': options->line_file = optarg; options->source = LINE_FROM_FILE; options->history_form = 1; return 0;
	case 'i': options->source = LINE_FROM_STDIN; return 0;
	case 'x': options->source = LINE_UNKNOWN; return 0;
	case 'H': options->history_form = 1; return 0;
	case 'o': options->print_number = 1; return 0;
	case 'k': options->interrupt_shell = 1; return 0;
	case 'w': options->tell_shown = 1; return 0;
	case 'd': return parse_number(optarg, &options->duration_us);
	case 'u': return parse_number(optarg, &options->breaker_until);
	case 'p': options->shell_pid = 0; break;
	case 'n': case 'e': case 'g': break;
	default: return -1;
	}
	if (parse_number(optarg, &number) != 0) return -1;
	if (letter == 'p') options->shell_pid = (long)number;
	if (letter == 'n') options->sequence = (long)number;
	if (letter == 'g') options->flag = number >= 0 && number <= 9 ? (int)number : -1;
	if (letter == 'e' && (options->has_status = *optarg != '\0')) options->status = (int)number;
	return 0;
}

int parse_options(int argc, char **argv, struct options *options)
{
	const char *session = getenv("CARO_SESSION_ID");
    *options = (struct options){.shell = "sh", .duration_us = -1, .flag = -1};
	if (argc < 2) return -1;
	options->command = argv[1];
	options->session = session && is_uuid(session) ? session : NULL;
	opterr = 0;
	for (int letter; (letter = getopt(argc - 1, argv + 1, "s:p:n:e:d:u:f:g:ixHokw")) != -1;) {
		if (take_option(letter, options) != 0) return -1;
	}
	if (strlen(options->shell) > 16) return -1;
	return optind == argc - 1 ? 0 : -1;
}
