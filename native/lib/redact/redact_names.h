/* Which names are names of secrets. */
#ifndef CARO_REDACT_NAMES_H
#define CARO_REDACT_NAMES_H

#include "lib/redact/redact_lists.h"

#include <stdbool.h>
#include <stddef.h>

/* True if what follows the name is a secret where it looks like one: `key`, `login`, `encrypt` and their kin. */
bool is_hint(const char *name, size_t length);
bool is_secret_name(const char *name, size_t length);
/* True if it names a secret as an option, or in front of "=": --pass and pwd= too. */
bool is_secret_key(const char *name, size_t length);

#endif
