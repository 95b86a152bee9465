#include "lib/process/path_search.h"

#include "lib/base/buffer.h"
#include "lib/base/memory.h"
#include "lib/process/shim_mark.h"

#include <errno.h>
#include <string.h>

void start_search(struct path_search *search, const char *name, const char *path_list, const struct own_file *own)
{
	*search = (struct path_search){.name = name, .own = own, .rest = path_list};
	if (!path_list)
		return;
	search->path_size = strlen(path_list) + strlen(name) + 2;
	search->path = take_memory(search->path_size);
	if (!search->path)
		search->rest = NULL;
}

/* Most often our folder stands on PATH by the very name that we were started by: nothing to ask the system. */
static bool is_own_folder_text(const struct path_search *search, const char *element, size_t length)
{
	const struct own_file *own = search->own;
	return own && length && length == own->folder_length && !memcmp(element, own->path, length);
}

/* Takes one element off `rest` and joins it with the name. */
static bool join_next(struct path_search *search, size_t *folder_length)
{
	const char *element = search->rest, *colon = strchr(element, ':');
	size_t length = colon ? (size_t)(colon - element) : strlen(element);
	struct buffer path = buffer_in(search->path, search->path_size);
	search->rest = colon ? colon + 1 : NULL;
	add_bytes(&path, element, length);
	if (length)
		add_char(&path, '/');
	add_text(&path, search->name);
	*folder_length = length;
	if (is_own_folder_text(search, element, length))
		return !(search->skipped_own = true);
	return end_text(&path);
}

static bool in_own_folder(struct path_search *search, size_t folder_length)
{
	struct stat st;
	char saved = search->path[folder_length];
	search->path[folder_length] = '\0';
	int failed = stat(folder_length ? search->path : ".", &st);
	search->path[folder_length] = saved;
	return !failed && same_file(id_of(&st), search->own->folder);
}

static bool is_own(struct path_search *search, size_t folder_length, off_t size)
{
	return same_file(search->id, search->own->file) || in_own_folder(search, folder_length) ||
	       (size <= SHIM_SIZE_MAX && is_shim(search->path));
}

static bool usable(struct path_search *search, size_t folder_length)
{
	struct stat st;
	if (stat(search->path, &st) != 0) {
		search->denied |= errno == EACCES;
		return false;
	}
	if (!S_ISREG(st.st_mode) || !(st.st_mode & 0111)) {
		search->denied = true;
		return false;
	}
	search->id = id_of(&st);
	if (!search->own || !is_own(search, folder_length, st.st_size))
		return true;
	search->skipped_own = true;
	return false;
}

bool next_candidate(struct path_search *search)
{
	size_t folder_length;
	while (search->rest)
		if (join_next(search, &folder_length) && usable(search, folder_length))
			return true;
	return false;
}
