/* Base64 with padding (RFC 4648 section 4). */
#ifndef CARO_BASE64_H
#define CARO_BASE64_H

#include "lib/base/buffer.h"
#include "lib/base/bytes.h"

void add_base64(struct buffer *to, struct bytes data);

#endif
