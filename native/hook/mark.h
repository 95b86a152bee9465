/* Where a relay stands above this terminal: the marks between which it keeps what a command prints. */
#ifndef CARO_HOOK_MARK_H
#define CARO_HOOK_MARK_H

#include "hook/options.h"
#include "lib/base/buffer.h"

/* 'C': output begins. 'D': it has ended. Nothing without a relay. */
void mark_output(const struct options *options, char kind);
/* Adds ,"relay":SOCKET,"mark":TAG: where the output of this line can be had. */
void add_relay(struct buffer *to, const struct options *options);

#endif
