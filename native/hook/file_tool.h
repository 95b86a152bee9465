/* Agents' own tools for files: a call of one is judged as the shell line that does the same. */
#ifndef CARO_HOOK_FILE_TOOL_H
#define CARO_HOOK_FILE_TOOL_H

#include "hook/agents.h"

/* Return the line, `tee -- 'FILE'`, in memory that stays; NULL where the call is none of a file tool, or *unread says
 * why nobody can tell what file it is about. `cwd` is the folder that relative paths are seen from. */
const char *file_tool_line(const struct agent *agent, const char *event, const char *cwd, const char **unread);
/* True if the call is one of a file tool. */
bool is_file_tool(const struct agent *agent, const char *event);

#endif
