/* The file of distinct typed lines that the daemon keeps for a search (docs/lines-file.md): columns of numbers, then
 * texts, in the byte order of this machine. It is read where it lies, in a map of the file; nothing in it is believed
 * but what lies within it. Imported lines come first, then the others by the time they were typed last, newest last. */
#ifndef CARO_LINES_FILE_H
#define CARO_LINES_FILE_H

#include "lib/base/bytes.h"

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#define LINES_MAGIC "CAROLN\0\1"
#define LINES_HEADER 128
#define LINES_UNKNOWN UINT32_MAX
#define EXIT_UNKNOWN UINT16_MAX
#define EXIT_STOPPED (128 + SIGTSTP)    /* ctrl-z: a line that failed in nothing */
#define EXIT_INTERRUPTED (128 + SIGINT) /* ctrl-c: whoever pressed it knows why */

enum line_flag { LINE_GONE = 1, LINE_IMPORTED = 2 };

struct lines {
	uint32_t count, strings, folder_pairs, session_pairs;
	uint64_t events; /* how often any of them was typed */
	uint64_t text_bytes, string_bytes;
	const uint64_t *mask;                    /* characters_of the text */
	const uint32_t *at;                      /* count + 1 places in `text` */
	const uint32_t *hash;                    /* line_hash of the text */
	const uint32_t *time;                    /* of its last use, in seconds since 1970; 0: not known */
	const uint32_t *took;                    /* ms of its last use, or LINES_UNKNOWN */
	const uint32_t *folder, *session, *host; /* strings of its last use, or LINES_UNKNOWN */
	const uint16_t *exit;                    /* of its last use, or EXIT_UNKNOWN */
	const uint16_t *times;                   /* how often it was typed */
	const volatile uint8_t *flags;           /* another process marks what is gone */
	const uint32_t *string_at;               /* strings + 1 places in `string` */
	const uint32_t
		*folder_pair; /* of a line's other folders: its number and the string, sorted; folder_pairs of them */
	const uint32_t *session_pair; /* the same of sessions */
	const char *string, *text;
};

/* Read the columns of a file of `size` bytes, which begins at a multiple of 8; false where it is none. */
bool read_lines(struct lines *lines, const void *data, size_t size);
/* Return a line's text, empty where it is gone or the file is wrong there. */
struct bytes line_text(const struct lines *lines, uint32_t line);
/* Return a string of the file, empty where there is none of that number. */
struct bytes line_string(const struct lines *lines, uint32_t number);
/* Return the number of a string, LINES_UNKNOWN where the file has none like it. */
uint32_t find_string(const struct lines *lines, struct bytes text);

/* CRC-32 (ISO 3309), as zlib counts it. */
uint32_t line_hash(struct bytes text);
/* Return one bit for each kind of character that stands in the text: what a term has and a line has not can't match. */
uint64_t characters_of(struct bytes text);

#endif
