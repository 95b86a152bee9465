/* Secrets among the arguments of calls, and in SQL. */
#ifndef CARO_REDACT_CALLS_H
#define CARO_REDACT_CALLS_H

#include "lib/redact/redact_marks.h"

/* At least six characters with a digit, or with capitals after small letters. */
bool looks_mixed(const char *value, size_t length);
/* `login('ann', 'X')`: the last of at least two arguments; `setenv('DB_PASSWORD', 'X')`: that after the name. */
void scan_calls(struct marks *marks);
/* `(name, password) VALUES ('ann', 'X')` of SQL: the value below the name of a secret. */
void scan_inserts(struct marks *marks);
/* `X==>Y`, as git-filter-repo and BFG replace a secret. */
void scan_replacements(struct marks *marks);

#endif
