#include "lib/base/memory.h"

#include <string.h>
#include <sys/mman.h>

#define AT_HAND (16 * 1024)
#define ALIGNMENT 16

/* What is needed usually fits into the first page of these. */
static void *take_at_hand(size_t size)
{
	static _Alignas(ALIGNMENT) char memory[AT_HAND];
	static char *next = memory; /* not in those pages: reading a fresh page before writing to it is two faults */
	size_t rounded = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
	if (size > AT_HAND || rounded > (size_t)(memory + AT_HAND - next))
		return NULL;
	next += rounded;
	return next - rounded;
}

void *take_memory(size_t size)
{
	void *memory = take_at_hand(size);
	if (memory)
		return memory;
	memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0);
	return memory == MAP_FAILED ? NULL : memory;
}

/* The size stands in front. */
void *borrow_memory(size_t size)
{
	size_t whole = size + ALIGNMENT;
	size_t *memory = mmap(NULL, whole, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0);
	if (memory == MAP_FAILED)
		return NULL;
	*memory = whole;
	return (char *)memory + ALIGNMENT;
}

void return_memory(void *memory)
{
	if (!memory)
		return;
	size_t *start = (size_t *)(void *)((char *)memory - ALIGNMENT);
	munmap(start, *start);
}

char *keep_text(const char *text)
{
	size_t size = strlen(text) + 1;
	char *copy = take_memory(size);
	return copy ? memcpy(copy, text, size) : NULL;
}
