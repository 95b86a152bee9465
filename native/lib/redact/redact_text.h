/* Names and their secrets in text that is no command. */
#ifndef CARO_REDACT_TEXT_H
#define CARO_REDACT_TEXT_H

#include "lib/redact/redact_marks.h"

/* `password: X`, `token = "X"`, `PASSWORD 'X'`, `<apiKey>X<`, `IDENTIFIED BY X`; on one line each. */
void scan_names(struct marks *marks, size_t start, size_t end);

#endif
