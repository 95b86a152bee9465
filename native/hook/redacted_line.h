/* The typed line without its secrets, for the shell's own history. */
#ifndef CARO_HOOK_REDACTED_LINE_H
#define CARO_HOOK_REDACTED_LINE_H

#include "hook/line.h"
#include "lib/base/bytes.h"
#include "lib/base/runtime_conf.h"

/* Return the line without its secrets, the line's own text where it holds none; also where `privacy.redact` is off. */
struct bytes without_secrets(struct runtime_conf *conf, const struct line *line);
bool holds_secret(struct runtime_conf *conf, const struct line *line);

#endif
