/* What a program that redacts fully brings besides. */
#ifndef CARO_REDACT_ROOMS_H
#define CARO_REDACT_ROOMS_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/bytes.h"

struct command;
struct marks;
struct span;

/* What becomes of a word where a value is awaited. */
enum awaited {
	IS_VALUE,
	IS_OPTION, /* no value: judge it as any word */
	IS_TAKEN,
};

/* What redact_fully() brings for the words of a command. */
struct word_rooms {
	void (*begins)(struct command *command); /* the tool is known */
	void (*hears)(struct command *command, struct marks *marks, struct span word);
	enum awaited (*awaits)(struct command *command, struct bytes word);
	/* True: the word has been judged. */
	bool (*option)(struct command *command, struct marks *marks, struct span word, size_t name);
	void (*position)(struct command *command, struct marks *marks, struct span word);
	bool (*assigns)(const struct command *command, struct marks *marks, struct span word);
	void (*compares)(struct command *command, struct bytes word);
	void (*pair)(const struct command *command, struct marks *marks, struct span word);
	bool (*gives)(const char *text, size_t at); /* the value that the parenthesis at `at` brings is a secret */
	bool (*is_slash_option)(const struct command *command, struct bytes word);
	bool (*is_plain_cookie)(const char *text, size_t length);
	bool (*is_file)(struct bytes name); /* one that holds a secret */
	bool (*names_file)(struct bytes word);
	void (*sets)(const struct command *command, struct marks *marks, const struct span *words, size_t count);
	bool (*begins_setting)(const char *text, size_t start, size_t last, size_t end);
	void (*written)(struct marks *marks, struct span word, bool sure);
};

/* Rows in the order of their first strings, and where those of each first character (ASCII) begin. */
struct sorted_rows {
	const char *rows;
	const unsigned short *starts;
};

/* What redact_fully() brings: a small program does without, and hides more than it must. */
struct text_rooms {
	const char *(*find)(const struct sorted_rows *rows, struct bytes word, const char *(*next)(const char *));
	void (*names)(struct marks *marks, size_t start, size_t end);
	void (*forms)(struct marks *marks);
	bool (*is_plain_value)(const struct marks *marks, struct span span, bool named);
	size_t (*public_end)(const char *text, size_t at, size_t end);
	bool (*is_login)(const char *text, size_t first, size_t at, size_t end);
	bool (*is_plain_query)(const char *text, struct span name, size_t at, size_t end);
	struct sorted_rows readers, options, positions;
	const char *hints, *names_besides, *oracle_besides;
	const struct word_rooms *words;
};
extern const struct text_rooms *text_rooms; /* NULL: not asked for */

/* Return the end of a public key, an address or a digest that begins at `at`, 0: there is none. */
size_t public_end(const char *text, size_t at, size_t end);

#endif
