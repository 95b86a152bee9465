/* The user's own patterns of secrets: `redact_pattern` of runtime.conf, POSIX extended regular expressions (ere.h).
 * One that can't be read might have meant any text, so every text is secret then as a whole. */
#ifndef CARO_REDACT_PATTERN_H
#define CARO_REDACT_PATTERN_H

#include "lib/redact/redact_marks.h"
#include "lib/base/runtime_conf.h"

void mark_patterns(const struct runtime_conf *conf, struct marks *marks);

#endif
