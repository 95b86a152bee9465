/* The lines that are searched: those of the daemon's two files, or of a history on standard input. Each has a number;
 * the higher, the later it was typed last. */
#ifndef CARO_PICK_STORE_H
#define CARO_PICK_STORE_H

#include "lib/lines/lines_file.h"

#include <stdbool.h>
#include <stdint.h>

struct store {
	struct lines old, fresh; /* `fresh`: typed since the file of the others was made */
	uint32_t count;          /* numbers; some may be gone */
	uint64_t events;
	unsigned char *hidden; /* one bit a line: gone, or in `fresh` too */
	uint32_t *twin;        /* of each line of `fresh`: its number in `old`, or LINES_UNKNOWN */
};

/* What is known of a line's last use. */
struct use {
	uint32_t time, took, times;
	uint16_t exit;
	bool imported;
	struct bytes folder, host;
};

/* Open the files (`file` NULL: those of this user); false where there is none that can be read. */
bool open_store(struct store *store, const char *file);

enum history_form { FORM_LINES, FORM_NUMBERED, FORM_NUL };
/* Read a history from a descriptor: a line each, numbered entries as bash's `history` prints them, or ended by NUL.
 * `reversed`: the newest comes first. Of more than 64 MiB only the newest is taken. */
bool read_history(struct store *store, int fd, enum history_form form, bool reversed);

struct bytes store_text(const struct store *store, uint32_t line);
uint64_t store_mask(const struct store *store, uint32_t line);
bool is_hidden(const struct store *store, uint32_t line);
void hide_line(struct store *store, uint32_t line);
struct use use_of(const struct store *store, uint32_t line);
uint32_t times_of(const struct store *store, uint32_t line);
uint16_t exit_of(const struct store *store, uint32_t line);
/* Let the system take back the memory of the texts of `old` between two lines. */
void release_texts(const struct store *store, uint32_t first, uint32_t last);

/* A set of lines, one bit each. NULL: no memory. */
enum which { OF_FOLDER, OF_SESSION, OF_HOST };
unsigned char *lines_of(const struct store *store, enum which which, struct bytes name);

static inline bool has_bit(const unsigned char *set, uint32_t line)
{
	return set[line / 8] >> line % 8 & 1;
}

#endif
