/* Secrets are taken out of what was typed or run before it is written anywhere. */
#ifndef CARO_REDACT_H
#define CARO_REDACT_H

#include "lib/base/buffer.h"
#include "lib/base/bytes.h"
#include "lib/base/runtime_conf.h"
#include "lib/redact/redact_marks.h"

/* Reads text as exactly as it can be read. A program that doesn't call this hides more of a text that names a secret,
 * and all that is piped; it is 5 KiB smaller. */
void redact_fully(void);

/* Copies the `argc` arguments to `shown`, those with a secret as a new text inside `space`, and puts their
 * indexes, ascending, into `indexes` (room for `argc`). Gives their number. Arguments that don't fit into
 * `space` any more are shown as MASK alone. Nothing changes where `conf->redact` is false. */
size_t redact_argv(const struct runtime_conf *conf, const struct bytes *argv, size_t argc, struct bytes *shown,
		   size_t *indexes, struct buffer *space);
/* Return the same for a line of shell text. */
struct bytes redact_text(const struct runtime_conf *conf, struct bytes text, struct buffer *space);
/* Put where in such a text its secrets stand into `spans` (room for MARKS_MAX), in no order; return their number. */
size_t redact_spans(const struct runtime_conf *conf, struct bytes text, struct span *spans);

#endif
