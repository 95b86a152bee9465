/* The table of the redactor: made of src/caro/redact/redact.toml, which explains every part. The places of its rows are
 * in redact_table.inc.
 *
 * Each is a row of strings, with an empty one at the end: pointers would be half of a small program. All but
 * reader_rows and what follows it are packed, where a program has not the whole table; who reads them calls
 * unpack_table() before. */
#ifndef CARO_REDACT_TABLE_H
#define CARO_REDACT_TABLE_H

#include "lib/redact/redact_table.inc"

#include <stddef.h>

extern char redact_table[TABLE_SIZE];
/* A byte from TABLE_PAIR on stands for the two of its row in `table_pairs`; another one, but NUL, for the character that
 * is so much larger. */
#define TABLE_SHIFT 31
#define TABLE_PAIR (127 - TABLE_SHIFT)
extern const unsigned char packed_table[], table_pairs[][2];
extern const size_t packed_size;
void unpack_table(void);

/* What is a number there has this added; those of two digits are of this base. */
#define TABLE_FIRST 33
#define TABLE_BASE 94

/* option_rows: three strings a row, none empty but the second: WHAT, AFTER and HOW (A all, S after the character, P
 * pass:, H header, L loose; then letters of how); subcommands; options.
 * tool_rows: two strings a tool, sorted: its name; the numbers of its rows above, two digits each, which may be none.
 * position_rows: three strings a row, those of a tool together: tool, words, digits.
 * shape_rows: one string a row, those with the same first letter together: class, least number, prefix. */

/* Three strings a row, those of a tool together: tool, word of it or "", what the secret begins after or "". */
extern const char reader_rows[];
extern const unsigned short reader_starts[]; /* where those of each first character (ASCII) begin */
extern const char prose[];
/* Four strings a row, those of a tool together: tool, WHAT AFTER and HOW as above, subcommands, options. */
extern const char text_option_rows[];
extern const unsigned short text_option_starts[];
/* As position_rows and shape_rows. */
extern const char text_position_rows[], public_rows[];
extern const unsigned short text_position_starts[];
extern const char plain_starts[], calls[], first_calls[], second_calls[], third_calls[], pair_calls[], secret_files[],
	login_files[], text_hint_words[], digit_names[], no_values[], input_words[], input_names[], input_files[],
	user_tools[], name_options[], quoting_names[], no_hosts[], typing_tools[], query_words[], public_names[],
	filters[], keeping_words[], kept_words[], keeping_verbs[], name_words[], value_options[], text_setters[],
	file_options[], more_names[], more_text_names[], more_bare_names[], more_oracle_tools[], known_values[],
	more_plain_values[], file_endings[], no_secrets[], cookie_names[], pair_fields[], tunnels[], loop_names[],
	no_bundle_hosts[], hash_schemes[], secret_folders[], pair_tools[], router_tools[], net_tools[];

#endif
