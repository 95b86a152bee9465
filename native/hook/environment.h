/* The exported variables that a line names, as the judge needs to know what `rm -rf "$DIR/"` would remove; and those
 * that tell where it would run: over ssh, with which cloud profile. */
#ifndef CARO_HOOK_ENVIRONMENT_H
#define CARO_HOOK_ENVIRONMENT_H

#include "lib/base/buffer.h"
#include "lib/base/bytes.h"

/* Adds ,"env":{...}: at most 32 named variables, and 7 of 4 KiB each. */
void add_named_variables(struct buffer *to, struct bytes line);

#endif
