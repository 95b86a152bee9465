#include "pick/store.h"

#include "lib/base/xdg.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILTER_BITS 65536

static void set_bit(unsigned char *set, uint32_t line)
{
	set[line / 8] |= (unsigned char)(1 << line % 8);
}

/* Only a file of this user's that nobody else may write. */
static bool map_file(struct lines *lines, const char *path)
{
	struct stat status;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0)
		return false;
	void *data = MAP_FAILED;
	if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && status.st_uid == geteuid() &&
	    !(status.st_mode & 022) && status.st_size > 0)
		data = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_SHARED, fd, 0);
	close(fd);
	if (data == MAP_FAILED)
		return false;
	if (read_lines(lines, data, (size_t)status.st_size))
		return true;
	munmap(data, (size_t)status.st_size);
	*lines = (struct lines){0};
	return false;
}

static bool same_text(struct bytes a, struct bytes b)
{
	return a.length == b.length && memcmp(a.data, b.data, a.length) == 0;
}

struct slots {
	uint32_t *line, mask;
	unsigned char filter[FILTER_BITS / 8];
};

/* Enter the lines of `fresh` by their hashes. */
static bool enter_fresh(struct slots *slots, const struct lines *fresh)
{
	uint32_t size = 16;
	while (size < 2 * fresh->count && size < UINT32_C(1) << 30)
		size *= 2;
	slots->mask = size - 1;
	slots->line = malloc(size * sizeof *slots->line);
	if (!slots->line)
		return false;
	memset(slots->line, 0xff, size * sizeof *slots->line);
	memset(slots->filter, 0, sizeof slots->filter);
	for (uint32_t i = 0; i < fresh->count; i++) {
		uint32_t hash = fresh->hash[i], at = hash & slots->mask;
		while (slots->line[at] != LINES_UNKNOWN)
			at = (at + 1) & slots->mask;
		slots->line[at] = i;
		set_bit(slots->filter, hash % FILTER_BITS);
	}
	return true;
}

static uint32_t find_fresh(const struct slots *slots, const struct store *store, uint32_t line)
{
	uint32_t hash = store->old.hash[line];
	for (uint32_t at = hash & slots->mask; slots->line[at] != LINES_UNKNOWN; at = (at + 1) & slots->mask)
		if (store->fresh.hash[slots->line[at]] == hash &&
		    same_text(line_text(&store->fresh, slots->line[at]), line_text(&store->old, line)))
			return slots->line[at];
	return LINES_UNKNOWN;
}

/* A line that stands in both files is shown once, as the later one has it. */
static bool join(struct store *store)
{
	static struct slots slots;
	store->count = store->old.count + store->fresh.count;
	if (store->count < store->old.count)
		return false;
	store->events = store->old.events + store->fresh.events;
	store->hidden = calloc(store->count / 8 + 1, 1);
	store->twin = malloc(((size_t)store->fresh.count + 1) * sizeof *store->twin);
	if (!store->hidden || !store->twin)
		return false;
	memset(store->twin, 0xff, ((size_t)store->fresh.count + 1) * sizeof *store->twin);
	if (!store->fresh.count)
		return true;
	if (!enter_fresh(&slots, &store->fresh))
		return false;
	for (uint32_t i = 0; i < store->old.count; i++) {
		uint32_t twin = has_bit(slots.filter, store->old.hash[i] % FILTER_BITS) ? find_fresh(&slots, store, i)
											: LINES_UNKNOWN;
		if (twin != LINES_UNKNOWN) {
			set_bit(store->hidden, i);
			store->twin[twin] = i;
		}
	}
	free(slots.line);
	return true;
}

bool open_store(struct store *store, const char *file)
{
	char path[PATH_SPACE];
	*store = (struct store){0};
	bool old, fresh = false;
	if (file) {
		old = map_file(&store->old, file);
	} else {
		old = xdg_path(XDG_DATA, "lines", path) && map_file(&store->old, path);
		fresh = old && xdg_path(XDG_DATA, "lines.new", path) && map_file(&store->fresh, path);
	}
	return (old || fresh) && join(store);
}

static const struct lines *lines_with(const struct store *store, uint32_t *line)
{
	if (*line < store->old.count)
		return &store->old;
	*line -= store->old.count;
	return &store->fresh;
}

struct bytes store_text(const struct store *store, uint32_t line)
{
	const struct lines *lines = lines_with(store, &line);
	return line_text(lines, line);
}

uint64_t store_mask(const struct store *store, uint32_t line)
{
	const struct lines *lines = lines_with(store, &line);
	return line < lines->count ? lines->mask[line] : 0;
}

bool is_hidden(const struct store *store, uint32_t line)
{
	if (has_bit(store->hidden, line))
		return true;
	const struct lines *lines = lines_with(store, &line);
	return lines->flags[line] & LINE_GONE;
}

void hide_line(struct store *store, uint32_t line)
{
	set_bit(store->hidden, line);
}

uint32_t times_of(const struct store *store, uint32_t line)
{
	uint32_t twin = line < store->old.count ? LINES_UNKNOWN : store->twin[line - store->old.count];
	const struct lines *lines = lines_with(store, &line);
	return lines->times[line] + (uint32_t)(twin == LINES_UNKNOWN ? 0 : store->old.times[twin]);
}

uint16_t exit_of(const struct store *store, uint32_t line)
{
	const struct lines *lines = lines_with(store, &line);
	return lines->exit[line];
}

struct use use_of(const struct store *store, uint32_t line)
{
	uint32_t times = times_of(store, line);
	const struct lines *lines = lines_with(store, &line);
	return (struct use){
		.time = lines->time[line],
		.took = lines->took[line],
		.times = times,
		.exit = lines->exit[line],
		.imported = lines->flags[line] & LINE_IMPORTED,
		.folder = line_string(lines, lines->folder[line]),
		.host = line_string(lines, lines->host[line]),
	};
}

void release_texts(const struct store *store, uint32_t first, uint32_t last)
{
	if (last > store->old.count || first >= last)
		return;
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
	uintptr_t start = (uintptr_t)store->old.text + store->old.at[first];
	uintptr_t end = (uintptr_t)store->old.text + store->old.at[last];
	start = (start + page - 1) & ~(page - 1);
	end &= ~(page - 1);
	uintptr_t limit = (uintptr_t)store->old.text + store->old.text_bytes;
	if (start < end && end <= limit && start >= (uintptr_t)store->old.text)
		madvise((void *)start, end - start, MADV_DONTNEED);
}

static void add_lines(unsigned char *set, const struct lines *lines, uint32_t offset, enum which which, uint32_t name)
{
	const uint32_t *column = which == OF_FOLDER    ? lines->folder
				 : which == OF_SESSION ? lines->session
						       : lines->host;
	const uint32_t *pair = which == OF_FOLDER ? lines->folder_pair : lines->session_pair;
	uint32_t pairs = which == OF_FOLDER ? lines->folder_pairs : which == OF_SESSION ? lines->session_pairs : 0;
	for (uint32_t i = 0; i < lines->count; i++)
		if (column[i] == name)
			set_bit(set, offset + i);
	for (uint32_t i = 0; i < pairs; i++)
		if (pair[2 * i + 1] == name && pair[2 * i] < lines->count)
			set_bit(set, offset + pair[2 * i]);
}

unsigned char *lines_of(const struct store *store, enum which which, struct bytes name)
{
	unsigned char *set = calloc(store->count / 8 + 1, 1);
	if (!set || !name.length)
		return set;
	uint32_t old = find_string(&store->old, name), fresh = find_string(&store->fresh, name);
	if (old != LINES_UNKNOWN)
		add_lines(set, &store->old, 0, which, old);
	if (fresh != LINES_UNKNOWN)
		add_lines(set, &store->fresh, store->old.count, which, fresh);
	for (uint32_t i = 0; i < store->fresh.count; i++)
		if (store->twin[i] != LINES_UNKNOWN && has_bit(set, store->twin[i]))
			set_bit(set, store->old.count + i);
	return set;
}
