/* Memory for the records of what runs, shared with the keeper: a worker that dies takes none of them along.
 *
 * A slot holds one record and its line. A longer line lives in the worker's own memory, with an empty slot in its
 * name, so that its loss can at least be counted. */
#ifndef CARO_TRACE_SLOTS_H
#define CARO_TRACE_SLOTS_H

#include "trace/record.h"

/* Map the slots, once, before the first keeper starts. False: no memory. */
bool slots_open(void);
/* Return a record with room for `length` bytes of line, all else zero; NULL: no memory. */
struct record *slots_take(size_t length);
/* Publish the record: from here on a worker that takes over will find it. */
void slots_commit(struct record *record);
void slots_release(struct record *record);
/* After a take-over: forgets what is private, then gives every committed record, in no order, to `adopt`; counts
 * in `*lost` those whose line is gone. */
void slots_recover(void (*adopt)(void *context, struct record *record), void *context, size_t *lost);

#endif
