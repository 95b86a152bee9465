#include "pages.h"

#include <sys/mman.h>

void *take_pages(size_t size)
{
	void *memory = mmap(NULL, size ? size : 1, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0);
	return memory == MAP_FAILED ? NULL : memory;
}
