/* The table of the redactor, in redact_table.c: made of src/caro/record/redact.toml, which explains every part.
 *
 * Each is a row of strings, with an empty one at the end: pointers would be half of a small program. */
#ifndef CARO_REDACT_TABLE_H
#define CARO_REDACT_TABLE_H

extern const char secret_endings[], secret_last[], before_key[], not_before[], not_after[], plain_values[],
	option_names[], headers[], query_names[], url_paths[], config_tools[], wrappers[], shells[], line_tools[],
	stdin_options[], text_names[], bare_names[], logins[], setters[], oracle_tools[], prose[];

/* What is a number there has this added. */
#define TABLE_FIRST 33

/* Three strings a row, none empty but the second: WHAT, AFTER and HOW (A all, S after the character, P pass:, H
 * header, L loose; then letters of how); subcommands; options. */
extern const char option_rows[];
/* Two strings a tool, sorted: its name; the numbers of its rows above, which may be none. */
extern const char tool_rows[];
/* Three strings a row, those of a tool together: tool, words, digits. */
extern const char position_rows[];
/* Three strings a row, those of a tool together: tool, word of it or "", what the secret begins after or "". */
extern const char reader_rows[];
/* One string a row, those with the same first letter together: class, least number, prefix. */
extern const char shape_rows[];

#endif
