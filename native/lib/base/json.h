/* JSON strings (RFC 8259). */
#ifndef CARO_JSON_H
#define CARO_JSON_H

#include "lib/base/buffer.h"
#include "lib/base/bytes.h"

/* Add the text in quotes, escaped; bytes that are not UTF-8 become U+FFFD. */
void add_json(struct buffer *to, struct bytes text);

#endif
