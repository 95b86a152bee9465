#include "memory.h"

#include <string.h>
#include <sys/mman.h>

#define AT_HAND (16 * 1024)
#define ALIGNMENT 16

/* What is needed usually fits into the first page of these. */
static void *take_at_hand(size_t size)
{
	static struct {
		size_t used;
		_Alignas(ALIGNMENT) char memory[AT_HAND];
	} hand;
	size_t rounded = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
	if (size > AT_HAND || rounded > AT_HAND - hand.used)
		return NULL;
	hand.used += rounded;
	return hand.memory + hand.used - rounded;
}

void *take_memory(size_t size)
{
	void *memory = take_at_hand(size);
	if (memory)
		return memory;
	memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0);
	return memory == MAP_FAILED ? NULL : memory;
}

char *keep_text(const char *text)
{
	size_t size = strlen(text) + 1;
	char *copy = take_memory(size);
	return copy ? memcpy(copy, text, size) : NULL;
}
