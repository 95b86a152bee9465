#ifdef __linux__
#include "trace/slots.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define SLOT_SIZE 2048u
#define SLOT_COUNT 4096u

enum state { SLOT_FREE, SLOT_FILLING, SLOT_HELD, SLOT_ELSEWHERE };

/* `state` is written last when a slot is filled and first when it is emptied. */
struct slot {
	volatile enum state state;
	_Alignas(16) char space[SLOT_SIZE - 16];
};
_Static_assert(sizeof(struct slot) <= SLOT_SIZE, "a slot is one half of a page");

static struct slot *slots;
/* Lowest first and last freed first: the pages that are touched stay few. */
static uint16_t free_slots[SLOT_COUNT];
static size_t free_count;

static struct record *record_in(struct slot *slot)
{
	return (struct record *)(void *)slot->space;
}

static void refill(void)
{
	free_count = 0;
	for (size_t i = SLOT_COUNT; i-- > 0;)
		if (slots[i].state == SLOT_FREE)
			free_slots[free_count++] = (uint16_t)i;
}

bool slots_open(void)
{
	void *memory = mmap(NULL, SLOT_COUNT * sizeof *slots, PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (memory == MAP_FAILED)
		return false;
	slots = memory;
	for (size_t i = SLOT_COUNT; i-- > 0;) /* not refill(): it would touch every page */
		free_slots[free_count++] = (uint16_t)i;
	return true;
}

static struct slot *take_slot(void)
{
	return free_count > 0 ? &slots[free_slots[--free_count]] : NULL;
}

struct record *slots_take(size_t length)
{
	struct slot *slot = take_slot();
	if (slot && length <= sizeof slot->space - sizeof(struct record)) {
		slot->state = SLOT_FILLING;
		memset(slot->space, 0, sizeof(struct record));
		record_in(slot)->slot = slot;
		return record_in(slot);
	}
	struct record *record = calloc(1, sizeof *record + length);
	if (record)
		record->slot = slot;
	return record;
}

void slots_commit(struct record *record)
{
	struct slot *slot = record->slot;
	if (slot)
		slot->state = record_in(slot) == record ? SLOT_HELD : SLOT_ELSEWHERE;
}

void slots_release(struct record *record)
{
	if (!record)
		return;
	struct slot *slot = record->slot;
	if (!slot || record_in(slot) != record)
		free(record);
	if (!slot)
		return;
	slot->state = SLOT_FREE;
	free_slots[free_count++] = (uint16_t)(slot - slots);
}

void slots_recover(void (*adopt)(void *context, struct record *record), void *context, size_t *lost)
{
	*lost = 0;
	for (size_t i = 0; i < SLOT_COUNT; i++) {
		*lost += slots[i].state == SLOT_ELSEWHERE || slots[i].state == SLOT_FILLING;
		if (slots[i].state != SLOT_HELD)
			slots[i].state = SLOT_FREE;
	}
	refill();
	for (size_t i = 0; i < SLOT_COUNT; i++)
		if (slots[i].state == SLOT_HELD)
			adopt(context, record_in(&slots[i]));
}
#else
typedef int not_on_this_system;
#endif
