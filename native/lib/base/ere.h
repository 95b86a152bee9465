/* POSIX extended regular expressions (POSIX.1-2017, Base Definitions, 9.4) over UTF-8: the one engine for every
 * pattern of the user's. Leftmost-longest, in time linear in the text. No memory of its own but that of ere_test, and
 * nothing of the C library but memmove, so that libcaro-ere.so loads into any Python.
 *
 *   characters  are code points; a byte that is part of none is a character of its own, which `.` and `[^...]` match
 *   ^ $         also match at each line of a text of several lines, while `.` and `[^...]` also match the line's end
 *   classes     a letter beyond ASCII is in [:alpha:], [:alnum:], [:upper:], [:lower:], [:graph:] and [:print:];
 *               other signs are in [:punct:], [:graph:] and [:print:]; what is what goes by blocks of code points
 *   refused     what POSIX leaves undefined: a repeat of nothing, a backslash before a letter or digit, a `{` that
 *               begins no interval; no back-references, no submatches
 */
#ifndef CARO_ERE_H
#define CARO_ERE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ERE_STEPS_MAX 2048
#define ERE_REPEAT_MAX 1000

/* Of a compiled pattern; 12 bytes, without pointers, so that a pattern may be moved. */
struct ere_step {
	uint8_t kind;
	bool more, negated; /* of a bracket expression: another member follows; none of them may match */
	uint32_t first, last;
};

struct ere {
	const struct ere_step *steps;
	size_t count;
};

/* What a search needs beside the pattern; it need not be cleared. */
struct ere_search {
	struct ere_ways {
		size_t count, start[ERE_STEPS_MAX]; /* where the way to that step began */
		uint32_t round, mark[ERE_STEPS_MAX];
		uint16_t step[ERE_STEPS_MAX];
	} lists[2];
	uint16_t stack[ERE_STEPS_MAX + 1];
};

/* src/caro/ere.py has the words. */
enum ere_fault {
	ERE_FINE,
	ERE_TOO_LONG,
	ERE_TOO_DEEP,
	ERE_OPEN_GROUP,
	ERE_OPEN_BRACKET,
	ERE_BAD_MEMBER,
	ERE_BAD_REPEAT,
	ERE_NOTHING_TO_REPEAT,
	ERE_BAD_ESCAPE,
	ERE_EMPTY,
};

/* Compiles into `room` steps (ERE_STEPS_MAX count at most); `ere->count` tells how many it took. */
enum ere_fault ere_compile(struct ere *ere, struct ere_step *steps, size_t room, const char *pattern);
/* For callers in another language. */
extern const size_t ere_step_bytes, ere_search_bytes;
/* Find the leftmost, longest match that begins at `from`, the start of a character, or later. */
bool ere_find(const struct ere *ere, struct ere_search *search, const char *text, size_t length, size_t from,
	      size_t *start, size_t *end);
/* Return the length of the character at the start of `text`, 0 where the text is empty; a byte that is part of no
 * character is 0x110000 and its value. */
size_t ere_char(const char *text, size_t length, uint32_t *character);

enum ere_answer { ERE_NO, ERE_YES, ERE_UNREADABLE };
/* What judges say of an unreadable rule, in front of its pattern. */
#define ERE_UNREADABLE_RULE "`caro config validate`: unreadable rule "
/* Look for a pattern that is needed once, in memory of this file. */
enum ere_answer ere_test(const char *pattern, const char *text, size_t length);

#endif
