/* The exec gate of the tracer. */
#ifndef CARO_TRACE_GATE_H
#define CARO_TRACE_GATE_H

#include "trace/record.h"

/* True if the exec must not take place. Records it, and tells why on the caller's standard error. */
bool gate_refuses(const struct start *start);

#endif
