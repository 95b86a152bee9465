/* Memory for the life of the process. These programs allocate a few times and end by exec or exit; malloc would be a
 * fifth of their size. */
#ifndef CARO_MEMORY_H
#define CARO_MEMORY_H

#include <stddef.h>

/* Zeroed; NULL: no memory. */
void *take_memory(size_t size);

#endif
