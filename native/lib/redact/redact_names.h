/* Lists of redact_table.h, and which names are names of secrets. */
#ifndef CARO_REDACT_NAMES_H
#define CARO_REDACT_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* True if the word is in a list of redact_table.h. */
bool in_list(const char *list, const char *word, size_t length);
bool in_list_lower(const char *list, const char *word, size_t length);

/* The next string of a row of strings. */
static inline const char *next_string(const char *string)
{
	return string + strlen(string) + 1;
}

/* True if what follows the name is a secret where it looks like one: `key`, `login`, `encrypt` and their kin. */
bool is_hint(const char *name, size_t length);
bool is_secret_name(const char *name, size_t length);
/* True if it names a secret as an option, or in front of "=": --pass and pwd= too. */
bool is_secret_key(const char *name, size_t length);

#endif
