/* What is a secret by what stands before it in a command; a string that a shell runs. */
#ifndef CARO_REDACT_COMMAND_H
#define CARO_REDACT_COMMAND_H

#include "lib/base/bytes.h"
#include "lib/redact/redact_marks.h"

#define DEPTH_MAX 4

#define PENDING_NONE '\0'
#define PENDING_NAMED 'N'  /* its name sounds like a secret */
#define PENDING_TEXT 'T'   /* a shell command line */
#define PENDING_LOGIN 'U'  /* of -p after -u */
#define PENDING_PUBLIC 'O' /* no secret, whatever it looks like */
#define SEEN_MAX 8
/* Of `near`: where the next tool is echo, it gives a secret. */
#define SUBSTITUTED 9
#define ECHOED_MAX 8

/* The state between the words of one command. */
struct command {
	int depth;
	struct bytes tool;
	const char *rows;                          /* of tool_rows: numbers of its rows; NULL: nothing is known of it */
	const char *positions;                     /* of position_rows: its first; NULL: none */
	const char *text_options, *text_positions; /* of the rows that text_rooms brings: its first */
	bool wraps, is_shell, takes_lines;
	bool config;     /* `config` or `set` was seen */
	bool hinted;     /* a word hinted at a secret: what comes in is one where it looks like one */
	bool named_user; /* -u was seen */
	bool setting;    /* the name of a secret was set: its value may be that of --value */
	bool compares;   /* `$password` was before: what it is compared to is a secret */
	bool sure;       /* the file that is written holds a secret alone */
	bool pair;       /* the next word is USER:SECRET where that looks like it */
	bool takes;      /* what comes in by a pipe is a secret */
	bool asks;       /* the option before names the file of a secret, or the command that gives one */
	bool gives;      /* what it echoes is a secret */
	bool keepable;   /* `secret` was seen: after `set` or `create` ... */
	bool keeps;      /* ... NAME=X is one */
	bool redirected; /* the word is a file that the command reads */
	int near;        /* so many words more are secrets where they look like one */
	int group;       /* depth of parentheses */
	struct bytes seen[SEEN_MAX];
	size_t seen_count;
	char pending, after;
	int countdown;       /* -1: none */
	const char *readers; /* of reader_rows: its first; NULL: none */
	const char *reads;   /* what the secret that it reads begins after, or ""; NULL: it reads none */
	struct span echoed[ECHOED_MAX], piped[ECHOED_MAX];
	size_t echoed_count, piped_count;
	unsigned slots, slot_count; /* of printf's format: a bit for each, set where a secret comes */
	struct bytes target;        /* the file that is written */
};

void begin_command(struct command *command, char separator);
/* The word after `<<<`, or a line of a here-document, which comes by the same way as a pipe's. */
void take_here(struct command *command, struct marks *marks, struct span word);
/* Marks what came in, where the command that ends here reads secrets. */
void finish_command(struct command *command, struct marks *marks);
/* The file that `>` names: what is written to ~/.vault-token is a secret. */
void take_target(struct command *command, struct marks *marks, size_t start, size_t end);
void take_tool(struct command *command, struct bytes name);
bool is_assignment(struct bytes word);
/* Return the last part of a path. */
struct bytes base_of(struct bytes word);
/* Judge the value of an option; `what` and `after` as in option_rows. */
void treat(struct marks *marks, size_t start, size_t end, char what, char after);
/* Return the rows of positions that all rooms bring for a tool, NULL: there are none. */
const char *find_text_positions(struct bytes tool);
bool is_echo(struct bytes name);
void judge_word(struct command *command, struct marks *marks, size_t start, size_t end);
void redact_shell(struct marks *marks, size_t start, size_t end, int depth);

#endif
