#ifdef __linux__
#include "trace/table.h"

#include <stdlib.h>
#include <string.h>

/* Open addressing with linear probing; removal moves followers back, so there are no tombstones to sweep. */
static struct process *slots;
static size_t room, used;

static size_t home_of(pid_t pid)
{
	return ((uint32_t)pid * 2654435769u) & (room - 1);
}

static struct process *slot_of(pid_t pid)
{
	size_t at = home_of(pid);
	while (slots[at].pid != 0 && slots[at].pid != pid)
		at = (at + 1) & (room - 1);
	return &slots[at];
}

struct process *table_find(pid_t pid)
{
	if (room == 0)
		return NULL;
	struct process *slot = slot_of(pid);
	return slot->pid != 0 ? slot : NULL;
}

static int grow(void)
{
	struct process *old = slots;
	size_t old_room = room, new_room = room ? room * 2 : 256;
	struct process *fresh = calloc(new_room, sizeof *fresh);
	if (fresh == NULL)
		return -1;
	slots = fresh;
	room = new_room;
	for (size_t i = 0; i < old_room; i++)
		if (old[i].pid != 0)
			*slot_of(old[i].pid) = old[i];
	free(old);
	return 0;
}

struct process *table_add(pid_t pid)
{
	if ((used + 1) * 2 > room && grow() != 0)
		return NULL;
	struct process *slot = slot_of(pid);
	*slot = (struct process){.pid = pid, .pidfd = -1, .stderr_file = -1};
	used++;
	return slot;
}

void table_remove(struct process *process)
{
	size_t hole = (size_t)(process - slots), at = hole;
	slots[hole].pid = 0;
	used--;
	for (;;) {
		at = (at + 1) & (room - 1);
		if (slots[at].pid == 0)
			return;
		size_t home = home_of(slots[at].pid);
		bool stays = hole <= at ? hole < home && home <= at : hole < home || home <= at;
		if (stays)
			continue;
		slots[hole] = slots[at];
		slots[at].pid = 0;
		hole = at;
	}
}

size_t table_count(void)
{
	return used;
}

struct process *table_next(struct process *process)
{
	size_t at = process == NULL ? 0 : (size_t)(process - slots) + 1;
	for (; at < room; at++)
		if (slots[at].pid != 0)
			return &slots[at];
	return NULL;
}
#else
typedef int not_on_this_system;
#endif
