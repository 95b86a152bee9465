#include "lib/base/runtime_conf.h"

#include "lib/base/buffer.h"
#include "lib/base/env_value.h"
#include "lib/base/system.h"
#include "lib/base/user_name.h"
#include "lib/base/words.h"
#include "lib/base/xdg.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* From `text` to `end`, where a NUL stands, without the blanks around it. */
static char *trim(char *text, char *end)
{
	while (is_space(*text))
		text++;
	while (end > text && is_space(end[-1]))
		*--end = '\0';
	return text;
}

static void set_bool(bool *to, const char *value)
{
	/* Those with an odd index are true. */
	static const char *const answers[] = {"false", "true", "0", "1", "no", "yes", "off", "on"};
	int index = word_index(answers, sizeof answers / sizeof *answers, value, strlen(value));
	if (index >= 0)
		*to = index & 1;
}

/* Digits only and at most nine of them, so that it can't overflow. */
static bool read_number(const char *value, long *to)
{
	size_t digits = strspn(value, "0123456789");
	if (!digits || digits > 9 || value[digits])
		return false;
	*to = 0;
	while (*value)
		*to = *to * 10 + (*value++ - '0');
	return true;
}

static void set_uid(struct runtime_conf *conf, const char *value)
{
	long number;
	if (read_number(value, &number))
		conf->uid = number;
}

static void set_timeout(struct runtime_conf *conf, const char *value)
{
	long number;
	if (read_number(value, &number) && number > 0)
		conf->timeout_ms = (int)number;
}

static void set_capture(struct runtime_conf *conf, const char *value)
{
	static const char *const captures[] = {"commands", "none", "errors"};
	int index = word_index(captures, sizeof captures / sizeof *captures, value, strlen(value));
	if (index >= 0)
		conf->capture = (enum capture)index;
}

static const char *const modes[] = {"off", "passive", "active"};

const char *guard_mode_word(enum guard_mode mode)
{
	return modes[mode];
}

static int mode_of(const char *word, size_t length)
{
	return word_index(modes, sizeof modes / sizeof *modes, word, length);
}

/* False: the word is no mode, and is passed over. */
static bool set_mode(enum guard_mode *to, const char *value)
{
	int mode = mode_of(value, strlen(value));
	if (mode >= 0)
		*to = (enum guard_mode)mode;
	return mode >= 0;
}

void use_agent_mode(struct runtime_conf *conf)
{
	if (!conf->own_mode || conf->agent_mode > conf->mode)
		conf->mode = conf->agent_mode;
	/* The daemon is told: to it one configuration holds for everybody. */
	conf->own_mode = true;
}

static bool is_below(const char *cwd, const char *folder)
{
	size_t length = strlen(folder);
	while (length && folder[length - 1] == '/')
		length--;
	return !strncmp(cwd, folder, length) && (cwd[length] == '/' || !cwd[length]);
}

enum guard_mode guard_mode_in(const struct runtime_conf *conf, const char *cwd)
{
	int strictest = conf->mode;
	const char *entry;
	for (size_t cursor = 0; cwd && (entry = next_entry(conf, CONF_FOLDER, &cursor)) != NULL;) {
		size_t word = strcspn(entry, " ");
		int mode = mode_of(entry, word);
		if (mode > strictest && entry[word] && is_below(cwd, entry + word + 1))
			strictest = mode;
	}
	return (enum guard_mode)strictest;
}

/* "SECONDS MODE": from that time on the mode is that one. What can't be read ends nothing. */
static void end_mode(struct runtime_conf *conf, const char *value)
{
	long long end = 0;
	size_t digits = strspn(value, "0123456789");
	if (!digits || digits > 12 || value[digits] != ' ')
		return;
	for (const char *mode = value + digits + 1; value < mode - 1; value++)
		end = end * 10 + (*value - '0');
	if (read_clock(CLOCK_REALTIME).tv_sec >= end)
		set_mode(&conf->mode, value + 1);
}

static void add_entry(struct runtime_conf *conf, enum conf_list list, const char *value)
{
	if (conf->count == CONF_ENTRIES_MAX)
		return;
	conf->entries[conf->count].list = list;
	conf->entries[conf->count++].value = value;
}

/* A key that is none of the lists is passed over. */
static void add_listed(struct runtime_conf *conf, const char *key, const char *value)
{
	static const char *const lists[] = {"redact_pattern", "rule", "program", "folder", "agent"};
	int list = word_index(lists, sizeof lists / sizeof *lists, key, strlen(key));
	if (list >= 0)
		add_entry(conf, (enum conf_list)list, value);
}

/* What follows holds where CARO_ENV has that name. */
static void enter_environment(struct runtime_conf *conf, const char *name)
{
	const char *chosen = env_value("CARO_ENV");
	conf->elsewhere = !chosen || strcmp(chosen, name) != 0;
}

static void set_own_mode(struct runtime_conf *conf, const char *value)
{
	if (set_mode(&conf->mode, value))
		conf->own_mode = true;
}

static void set_key(struct runtime_conf *conf, const char *key, const char *value)
{
	if (!strcmp(key, "environment"))
		enter_environment(conf, value);
	else if (conf->elsewhere)
		return;
	else if (!strcmp(key, "program")) /* most of the lines, and each program reads them all */
		add_entry(conf, CONF_PROGRAM, value);
	else if (!strcmp(key, "log_file") && value[0] == '/')
		conf->log_file = value;
	else if (!strcmp(key, "plain"))
		conf->plain = value;
	else if (!strcmp(key, "user"))
		conf->user = value;
	else if (!strcmp(key, "host"))
		conf->host = value;
	else if (!strcmp(key, "uid"))
		set_uid(conf, value);
	else if (!strcmp(key, "capture"))
		set_capture(conf, value);
	else if (!strcmp(key, "mode"))
		set_mode(&conf->mode, value);
	else if (!strcmp(key, "mode_until"))
		end_mode(conf, value);
	else if (!strcmp(key, "agent_mode"))
		set_mode(&conf->agent_mode, value);
	else if (!strcmp(key, "own_mode"))
		set_own_mode(conf, value);
	else if (!strcmp(key, "redact"))
		set_bool(&conf->redact, value);
	else if (!strcmp(key, "env_diff"))
		set_bool(&conf->env_diff, value);
	else if (!strcmp(key, "stderr_bytes"))
		set_bool(&conf->stderr_bytes, value);
	else if (!strcmp(key, "auto_start"))
		set_bool(&conf->auto_start, value);
	else if (!strcmp(key, "timeout_ms"))
		set_timeout(conf, value);
	else
		add_listed(conf, key, value);
}

static void read_line(struct runtime_conf *conf, char *line, char *end)
{
	char *equals = strchr(line, '=');
	line = trim(line, end);
	if (!equals || *line == '#' || *line == '\0')
		return;
	*equals = '\0';
	char *value = trim(equals + 1, end);
	if (*value)
		set_key(conf, trim(line, equals), value);
}

static void set_defaults(struct runtime_conf *conf)
{
	conf->log_file = conf->user = conf->host = conf->plain = NULL;
	conf->uid = -1;
	conf->capture = CAPTURE_COMMANDS;
	conf->mode = GUARD_PASSIVE;
	conf->agent_mode = GUARD_ACTIVE;
	conf->redact = conf->auto_start = true;
	conf->env_diff = conf->stderr_bytes = false;
	conf->timeout_ms = 50;
	conf->loaded = true;
	conf->found = conf->oversized = conf->own_mode = conf->elsewhere = false;
	conf->count = 0;
}

/* A file that was cut at CONF_MAX ends in half a line: better no rule than half of one. */
static size_t whole_lines(const char *text, size_t length)
{
	while (length && text[length - 1] != '\n')
		length--;
	return length;
}

static void parse_text(struct runtime_conf *conf, size_t length)
{
	if (conf->oversized)
		length = whole_lines(conf->text, length);
	conf->text[length] = '\0';
	for (char *line = conf->text, *end = conf->text + length; line < end;) {
		char *newline = memchr(line, '\n', (size_t)(end - line));
		if (newline)
			*newline = '\0';
		read_line(conf, line, newline ? newline : end);
		line = newline ? newline + 1 : end;
	}
}

void parse_runtime_conf(struct runtime_conf *conf, const char *text, size_t length)
{
	set_defaults(conf);
	conf->found = true;
	conf->oversized = length > CONF_MAX;
	if (conf->oversized)
		length = CONF_MAX;
	memcpy(conf->text, text, length);
	parse_text(conf, length);
}

/* A variable beats the file, for the one environment that has it; names as in src/caro/settings.py. */
static void apply_variables(struct runtime_conf *conf)
{
	static const struct {
		const char *variable, *key;
	} known[] = {
		{"CARO_PRIVACY_CAPTURE", "capture"},      {"CARO_PRIVACY_REDACT", "redact"},
		{"CARO_SAFETY_MODE", "own_mode"},         {"CARO_SAFETY_LEVEL", "own_mode"},
		{"CARO_TRACE_ENV_DIFF", "env_diff"},      {"CARO_TRACE_STDERR_BYTES", "stderr_bytes"},
		{"CARO_DAEMON_TIMEOUT_MS", "timeout_ms"}, {"CARO_DAEMON_AUTO_START", "auto_start"},
	};
	conf->elsewhere = false;
	for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
		const char *value = env_value(known[i].variable);
		if (value && *value)
			set_key(conf, known[i].key, value);
	}
}

/* Without HOME nothing is kept, but what the user has asked for still holds. */
static bool of_user_database(char path[PATH_SPACE])
{
	const char *home = user_home(geteuid());
	struct buffer text = buffer_in(path, PATH_SPACE);
	if (!home || home[0] != '/')
		return false;
	add_text(&text, home);
	add_text(&text, "/.config/caro/runtime.conf");
	return end_text(&text);
}

static void read_file(struct runtime_conf *conf)
{
	char path[PATH_SPACE];
	if (!xdg_path(XDG_CONFIG, "runtime.conf", path) && !of_user_database(path))
		return;
	/* openat, as everywhere here: musl's open adds an fcntl for O_CLOEXEC. */
	int fd = openat(AT_FDCWD, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return;
	ssize_t length = read(fd, conf->text, CONF_MAX + 1);
	close(fd);
	if (length < 0)
		return;
	conf->found = true;
	conf->oversized = length > CONF_MAX;
	parse_text(conf, conf->oversized ? CONF_MAX : (size_t)length);
}

void read_runtime_conf(struct runtime_conf *conf)
{
	set_defaults(conf);
	read_file(conf);
	apply_variables(conf);
}

const char *next_entry(const struct runtime_conf *conf, enum conf_list list, size_t *cursor)
{
	while (*cursor < conf->count) {
		size_t at = (*cursor)++;
		if (conf->entries[at].list == list)
			return conf->entries[at].value;
	}
	return NULL;
}
