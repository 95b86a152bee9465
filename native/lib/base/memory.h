/* Memory for the life of the process, one piece beside the other. These programs allocate a few times and end by exec
 * or exit; malloc would be a fifth of their size. What they need at each start stands together here and not in buffers
 * of their own: each page that is touched costs a microsecond, and that is most of what a shim costs. */
#ifndef CARO_MEMORY_H
#define CARO_MEMORY_H

#include <stddef.h>

/* Return zeroed memory; NULL: there is none. */
void *take_memory(size_t size);
/* Return zeroed memory that is to be given back: for what is large and needed for a moment. NULL: no memory. */
void *borrow_memory(size_t size);
void return_memory(void *memory);
/* Return a copy; NULL: no memory. */
char *keep_text(const char *text);

#endif
