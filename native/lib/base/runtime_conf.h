/* ~/.config/caro/runtime.conf: what the native programs need of the configuration, compiled by Python from
 * config.toml. `key = value` lines, `#` comments, at most 64 KiB, read at once. Whatever is missing, unknown or
 * wrong leaves the built-in default: no program here ever fails for its configuration. */
#ifndef CARO_RUNTIME_CONF_H
#define CARO_RUNTIME_CONF_H

#include <stdbool.h>
#include <stddef.h>

#define CONF_MAX (64 * 1024)
#define CONF_ENTRIES_MAX 4096

enum capture { CAPTURE_COMMANDS, CAPTURE_NONE, CAPTURE_ERRORS };
enum guard_mode { GUARD_OFF, GUARD_PASSIVE, GUARD_ACTIVE };
/* Keys that may come many times, in the order of the file. */
enum conf_list { CONF_REDACT_PATTERN, CONF_RULE, CONF_PROGRAM, CONF_FOLDER, CONF_AGENT };

struct runtime_conf {
	const char *log_file, *user, *host; /* NULL: not given */
	const char *plain;                  /* what lines begin with that nobody has to judge; NULL: none */
	long uid;                           /* whose name `user` is; -1: not given */
	enum capture capture;
	enum guard_mode mode;
	enum guard_mode agent_mode; /* of the agent gate and of what runs below an agent */
	bool own_mode;              /* `mode` is that of a variable or of CARO_ENV, not that of everybody */
	bool redact, env_diff, stderr_bytes;
	bool auto_start; /* of the daemon, by caro-hook */
	int timeout_ms;
	bool loaded;    /* read_runtime_conf or parse_runtime_conf was called */
	bool found;     /* there was a file */
	bool elsewhere; /* while reading: in a section of another CARO_ENV */
	bool oversized; /* it was longer than CONF_MAX: the rest was not read */
	size_t count;
	char text[CONF_MAX + 1]; /* beside the fields above: one page less to touch at each start */
	struct {
		enum conf_list list;
		const char *value;
	} entries[CONF_ENTRIES_MAX];
};

/* Reads $XDG_CONFIG_HOME/caro/runtime.conf. */
void read_runtime_conf(struct runtime_conf *conf);
/* Read the same from `text`, which is copied. */
void parse_runtime_conf(struct runtime_conf *conf, const char *text, size_t length);
/* Makes the mode that of agents; one that a variable set holds only where it is stricter. */
void use_agent_mode(struct runtime_conf *conf);
/* The mode in a folder (NULL: not known): the strictest of the general one and those of the folders around it. */
enum guard_mode guard_mode_in(const struct runtime_conf *conf, const char *cwd);
/* Return "off", "passive" or "active". */
const char *guard_mode_word(enum guard_mode mode);
/* Return the next value of a list, NULL after the last; start with `*cursor` = 0. */
const char *next_entry(const struct runtime_conf *conf, enum conf_list list, size_t *cursor);

#endif
