/* Turns execs into events and writes them to the log. */
#ifndef CARO_TRACE_JOURNAL_H
#define CARO_TRACE_JOURNAL_H

#include "trace/record.h"

struct runtime_conf;

/* Reads the configuration and the environment; before anything else here. */
void journal_open(void);
const struct runtime_conf *journal_conf(void);
/* Return the id that execs without a known parent get: CARO_PARENT_ID of the tracer itself, or NULL. */
const char *journal_root(void);
/* Return a record to be given to slots_release(). NULL: no memory; that is counted as an event that could not be
 * written. */
struct record *journal_record(const struct start *start);
/* Announce what still runs after a second. */
void journal_start(const struct record *record);
/* Write the event of an end. `status` as wait(2) gives it, or -1: not known. `stderr_bytes` -1: not known. */
void journal_end(const struct record *record, int status, int64_t duration_ns, const char *replaced_by,
		 int64_t stderr_bytes);

#endif
