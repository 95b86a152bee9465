/* A mark inside every caro-shim, by which a copy of it, a hard link, or the shim of another version is known.
 *
 * A link or a copy can't be told from a tool by name or folder, and a shim that took another shim for the real tool
 * would start it, which would start the first one again. The mark is an ELF note: notes stand in the first page of
 * the file, so one small read finds it. Elsewhere (Mach-O) the start of the file is searched. */
#ifndef CARO_SHIM_MARK_H
#define CARO_SHIM_MARK_H

#include <stdbool.h>

/* No shim is larger: a file that is needs not be opened. */
#define SHIM_SIZE_MAX (4 * 1024 * 1024)

/* Whether the file is a caro-shim of any version; false where it can't be read. */
bool is_shim(const char *path);

#endif
