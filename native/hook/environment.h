/* The exported variables that a line names: the judge needs to know what `rm -rf "$DIR/"` would remove. */
#ifndef CARO_HOOK_ENVIRONMENT_H
#define CARO_HOOK_ENVIRONMENT_H

#include "lib/buffer.h"
#include "lib/bytes.h"

/* Adds ,"env":{...}: at most 32 variables of 4 KiB each. */
void add_named_variables(struct buffer *to, struct bytes line);

#endif
