#include "hook/file_tool.h"

#include "hook/call.h"
#include "lib/base/buffer.h"
#include "lib/base/memory.h"
#include "lib/base/xdg.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE_MAX_FILES (1 << 20)
#define PATCH "apply_patch"

/* A row of agents.toml: TOOL PROGRAM KEY... */
struct row {
	char program[32], keys[160];
	bool lenient; /* PROGRAM? : without any of the keys the call is not about files */
};

/* `*NAME` stands for a tool of that name behind its MCP server's: mcp__files__NAME, files_NAME, MCP:NAME. */
static bool is_served(const char *name, const char *tool)
{
	size_t length = strlen(++name), whole = strlen(tool);
	return whole > length && !strcmp(tool + whole - length, name) && strchr("_-:./", tool[whole - length - 1]);
}

static bool read_row(const char *text, const char *tool, const char *event, struct row *row)
{
	char name[64], program[32], keys[160];
	if (sscanf(text, "%63s %31s %159[^\n]", name, program, keys) != 3)
		return false;
	if (strcmp(name, event) != 0 && (!tool || (*name == '*' ? !is_served(name, tool) : strcmp(name, tool) != 0)))
		return false;
	size_t length = strlen(program);
	row->lenient = program[length - 1] == '?';
	snprintf(row->program, sizeof row->program, "%.*s", (int)(length - row->lenient), program);
	snprintf(row->keys, sizeof row->keys, "%s", keys);
	return true;
}

static bool find_row(const struct agent *agent, const char *event, struct row *row)
{
	const char *tool = call_text("tool_name");
	for (const char *text = agent->files; *text; text += strcspn(text, "\n"), text += *text == '\n')
		if (read_row(text, tool, event, row))
			return true;
	return false;
}

bool is_file_tool(const struct agent *agent, const char *event)
{
	struct row row;
	return find_row(agent, event, &row);
}

/* In single quotes, as a shell reads them; a leading `~/` keeps its meaning. */
static void add_word(struct buffer *line, const char *word)
{
	add_char(line, ' ');
	if (!strncmp(word, "~/", 2)) {
		add_text(line, "~/");
		word += 2;
	}
	add_char(line, '\'');
	for (; *word; word++)
		if (*word == '\'')
			add_text(line, "'\\''");
		else
			add_char(line, *word);
	add_char(line, '\'');
}

/* Where the file really is, if a link leads there: of a new file, its folder. */
static char *real_path(const char *path, const char *cwd)
{
	char joined[PATH_SPACE], name[PATH_SPACE];
	int length = snprintf(joined, sizeof joined, "%s%s%s", *path == '/' ? "" : cwd, *path == '/' ? "" : "/", path);
	if (length < 0 || (size_t)length >= sizeof joined)
		return NULL;
	char *real = realpath(joined, NULL), *slash = strrchr(joined, '/');
	if (real || !slash || slash == joined)
		return real;
	snprintf(name, sizeof name, "%s", slash + 1);
	*slash = '\0';
	char *folder = realpath(joined, NULL);
	if (!folder)
		return NULL;
	length = snprintf(joined, sizeof joined, "%s/%s", folder, name);
	free(folder);
	return length > 0 && (size_t)length < sizeof joined ? keep_text(joined) : NULL;
}

static bool same_place(const char *path, const char *cwd, const char *real)
{
	size_t length = strlen(cwd);
	while (!strncmp(path, "./", 2))
		path += 2;
	if (*path == '/')
		return !strcmp(path, real);
	return !strncmp(real, cwd, length) && real[length] == '/' && !strcmp(real + length + 1, path);
}

static void add_path(struct buffer *line, const char *path, const char *cwd)
{
	add_word(line, path);
	char *real = cwd ? real_path(path, cwd) : NULL;
	if (real && !same_place(path, cwd, real))
		add_word(line, real);
}

/* Of a patch, the lines that name files: `*** Update File: src/x`. What it puts there is nobody's argument. */
static void add_patch(struct buffer *line, const char *patch)
{
	char *names = keep_text(patch), *to = names;
	for (const char *at = patch; names && *at; at += strcspn(at, "\n"), at += *at == '\n') {
		size_t length = strcspn(at, "\n");
		if (strncmp(at, "*** ", 4) != 0)
			continue;
		memmove(to, at, length);
		to += length;
		*to++ = '\n';
	}
	if (!names)
		return;
	to[to > names ? -1 : 0] = '\0';
	add_word(line, names);
}

static int add_values(struct buffer *line, const struct row *row, const char *key, const char *cwd)
{
	int count = 0;
	char *value = call_kind(key) == KIND_STRING ? call_text(key) : NULL;
	if (value && !strcmp(row->program, PATCH))
		return add_patch(line, value), 1;
	if (value)
		return *value ? (add_path(line, value, cwd), 1) : 0;
	while (call_kind(key) == KIND_OTHER && (value = call_element(key, (size_t)count)) != NULL) {
		add_path(line, value, cwd);
		count++;
	}
	return count;
}

static int add_files(struct buffer *line, const struct row *row, const char *cwd, const char **unread)
{
	int count = 0;
	char key[64];
	for (const char *keys = row->keys; *keys; keys += strspn(keys, " ")) {
		size_t length = strcspn(keys, " ");
		snprintf(key, sizeof key, "%.*s", (int)length, keys);
		keys += length;
		if (call_kind(key) == KIND_UNCLEAR)
			*unread = "has a key twice, or one that is written with escapes";
		count += add_values(line, row, key, cwd);
	}
	return count;
}

const char *file_tool_line(const struct agent *agent, const char *event, const char *cwd, const char **unread)
{
	struct row row;
	*unread = NULL;
	if (!find_row(agent, event, &row))
		return NULL;
	char *memory = malloc(LINE_MAX_FILES);
	struct buffer line = buffer_in(memory, memory ? LINE_MAX_FILES : 0);
	add_text(&line, row.program);
	if (strcmp(row.program, PATCH) != 0)
		add_text(&line, " --");
	int count = add_files(&line, &row, cwd, unread);
	if (!end_text(&line))
		*unread = "names more files than can be read";
	else if (count < (strcmp(row.program, "mv") ? 1 : 2) && !row.lenient && !*unread)
		*unread = "does not say which file";
	if (*unread || count == 0)
		return NULL;
	return memory;
}
