/* A verdict on a typed line, carried out at the terminal. */
#ifndef CARO_HOOK_CARRY_OUT_H
#define CARO_HOOK_CARRY_OUT_H

#include "lib/gate/verdict.h"

/* Shows it and asks where it is a question. Returns true if the line may run. */
bool carry_out(const struct verdict *verdict);

#endif
