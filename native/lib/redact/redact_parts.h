/* The parts of the redactor; redact.h is what the others use. src/caro/record/redact.py is its twin and tells the
 * idea; names and order of steps are the same there. */
#ifndef CARO_REDACT_PARTS_H
#define CARO_REDACT_PARTS_H

#include "lib/base/bytes.h"

#include <stdbool.h>

#define MARKS_MAX 64
#define DEPTH_MAX 4
/* Nobody's URL or token is longer; the bound keeps hostile text from costing time squared. */
#define FAR 8192

struct span {
	size_t start, end;
};

/* The parts of one text that are secret. */
struct marks {
	const char *text;
	size_t length;
	bool shell; /* it is shell text: $NAME is no secret, quotes are not part of a value */
	size_t count;
	struct span spans[MARKS_MAX];
};

enum chars {
	C_LETTER = 1,
	C_DIGIT = 2,
	C_NAME = 4, /* letters, digits, _ - . */
	C_SPACE = 8,
	C_QUOTE = 16,
	C_END = 32, /* ends an unquoted value */
	C_BASE64 = 64,
	C_HEX = 128,
	C_UPPER = 256, /* capitals and digits */
	C_ALNUM = C_LETTER | C_DIGIT,
};

bool is_char(char c, unsigned set);
char lower_char(char c);
/* From `at` on: the first place that is not, or is, in the set; before `at`: the start of the run that ends there. */
size_t run_of(const char *text, size_t at, size_t end, unsigned set);
size_t until_of(const char *text, size_t at, size_t end, unsigned set);
size_t back_of(const char *text, size_t at, size_t start, unsigned set);
/* Where `needle` begins in text[at, end), `end` + 1 where it doesn't. */
size_t find_in(const char *text, size_t at, size_t end, const char *needle);
bool starts_with(const char *text, size_t at, size_t end, const char *prefix);
/* A list of redact_table.h. */
bool in_list(const char *list, const char *word, size_t length);
bool in_list_lower(const char *list, const char *word, size_t length);

/* The next string of a row of strings. */
static inline const char *next_string(const char *string)
{
	return string + strlen(string) + 1;
}

bool is_secret_name(const char *name, size_t length);
/* Of an option, or in front of "=": --pass and pwd= too. */
bool is_secret_key(const char *name, size_t length);

void add_mark(struct marks *marks, struct span span, bool named);
/* The inside of the quotes that open at `at`; an escaped quote closes at an escaped one. */
bool quoted_span(const char *text, size_t at, size_t end, struct span *inside);
void scan_word(struct marks *marks, size_t start, size_t end);
/* `loose`: a name in front of "=" says nothing there. */
void scan_part(struct marks *marks, size_t start, size_t end, bool loose);
/* Returns where the header ends. */
size_t mark_header(struct marks *marks, size_t first, size_t colon, size_t end, bool alone);

#define PENDING_NONE '\0'
#define PENDING_NAMED 'N' /* its name sounds like a secret */
#define PENDING_TEXT 'T'  /* a shell command line */
#define SEEN_MAX 8
#define ECHOED_MAX 8

/* The state between the words of one command. */
struct command {
	int depth;
	struct bytes tool;
	const char *rows;      /* of tool_rows: numbers of its rows; NULL: nothing is known of it */
	const char *positions; /* of position_rows: its first; NULL: none */
	bool wraps, is_shell, takes_lines, has_config;
	bool config; /* `config` or `set` was seen */
	struct bytes seen[SEEN_MAX];
	size_t seen_count;
	char pending, after;
	int countdown; /* -1: none */
	struct span echoed[ECHOED_MAX], piped[ECHOED_MAX];
	size_t echoed_count, piped_count;
};

void begin_command(struct command *command, bool pipe);
void judge_word(struct command *command, struct marks *marks, size_t start, size_t end);
void redact_shell(struct marks *marks, size_t start, size_t end, int depth);

#endif
