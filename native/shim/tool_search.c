#include "shim/tool_search.h"

#include "lib/base/buffer.h"
#include "lib/base/memory.h"

#include <stdlib.h>
#include <string.h>

#define LISTS (sizeof((struct tool_search *)0)->lists / sizeof(char *))

static void add_list(struct tool_search *search, const char *list)
{
	size_t at = 0;
	while (search->lists[at])
		at++;
	search->lists[at] = list;
}

void start_tool_search(struct tool_search *search, const char *tool, const struct own_file *own, size_t pass_over)
{
	const char *path = getenv("PATH"), *original = getenv("ORIGINAL_PATH");
	*search = (struct tool_search){.pass_over = pass_over < PASSED_OVER_MAX ? pass_over : PASSED_OVER_MAX};
	if (path)
		add_list(search, path);
	if (original && *original)
		add_list(search, original);
	if (!path)
		add_list(search, DEFAULT_PATH);
	start_search(&search->path, tool, NULL, own);
}

static bool is_folder(const char *path, size_t length, struct file_id folder)
{
	char text[PATH_SPACE];
	struct stat st;
	struct buffer to = buffer_in(text, sizeof text);
	add_bytes(&to, path, length);
	return length && end_text(&to) && stat(text, &st) == 0 && same_file(id_of(&st), folder);
}

void search_after_own_folder(struct tool_search *search)
{
	const char *at = getenv("PATH"), *colon;
	for (; at && (colon = strchr(at, ':')); at = colon + 1) {
		if (!is_folder(at, (size_t)(colon - at), search->path.own->folder))
			continue;
		memmove(search->lists + 1, search->lists, sizeof search->lists - sizeof *search->lists);
		search->lists[0] = colon + 1;
		return;
	}
}

static bool next_list(struct tool_search *search)
{
	search->denied |= search->path.denied;
	search->skipped_own |= search->path.skipped_own;
	if (!search->lists[0])
		return false;
	start_search(&search->path, search->path.name, search->lists[0], search->path.own);
	memmove(search->lists, search->lists + 1, sizeof search->lists - sizeof *search->lists);
	search->lists[LISTS - 1] = NULL;
	return true;
}

static bool was_passed(const struct tool_search *search)
{
	for (size_t i = 0; i < search->passed; i++)
		if (same_file(search->over[i], search->path.id))
			return true;
	return false;
}

/* /bin and /usr/bin are often one folder: what counts is the file, not where it was found. */
static bool pass_over(struct tool_search *search)
{
	if (was_passed(search))
		return true;
	if (search->passed == search->pass_over)
		return false;
	search->over[search->passed++] = search->path.id;
	return true;
}

static const char *absolute(const char *path, const char *cwd)
{
	if (path[0] == '/' || !cwd)
		return path;
	size_t size = strlen(cwd) + strlen(path) + 2;
	char *joined = take_memory(size);
	if (!joined)
		return path;
	struct buffer to = buffer_in(joined, size);
	add_text(&to, cwd);
	add_char(&to, '/');
	add_text(&to, path);
	end_text(&to);
	return joined;
}

bool next_tool(struct tool_search *search, const char *cwd)
{
	do {
		while (next_candidate(&search->path)) {
			if (pass_over(search))
				continue;
			search->file = absolute(search->path.path, cwd);
			return true;
		}
	} while (next_list(search));
	return false;
}
