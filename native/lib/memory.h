/* Memory for the life of the process, one piece beside the other. These programs allocate a few times and end by exec
 * or exit; malloc would be a fifth of their size. What they need at each start stands together here and not in buffers
 * of their own: each page that is touched costs a microsecond, and that is most of what a shim costs. */
#ifndef CARO_MEMORY_H
#define CARO_MEMORY_H

#include <stddef.h>

/* Zeroed; NULL: no memory. */
void *take_memory(size_t size);
/* A copy; NULL: no memory. */
char *keep_text(const char *text);

#endif
