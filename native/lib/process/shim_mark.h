/* A mark inside every caro-shim, by which a copy of it, a hard link, or the shim of another version is known.
 *
 * A link or a copy can't be told from a tool by name or folder, and a shim that took another shim for the real tool
 * would start it, which would start the first one again. The mark is an ELF note: notes stand in the first page of
 * the file, so one small read finds it. Elsewhere (Mach-O) the start of the file is searched. */
#ifndef CARO_SHIM_MARK_H
#define CARO_SHIM_MARK_H

#include <stdbool.h>

/* Never change: older and newer shims look for the same bytes. In two parts, which stand side by side in a shim alone:
 * this file's own copy has a NUL between them. */
#define MARK_HEAD "caro-shim\0\x9d\x1f\xc3\x5a\xe2\x70\xb8"
#define MARK_TAIL "\x06\xf1\x4b\x8e\x25\xd7\x93\x6c\xaf\x01\xee\x58\xb4\x2a\xc6\x33"

/* No shim is larger: a file that is needs not be opened. */
#define SHIM_SIZE_MAX (4 * 1024 * 1024)

/* True if the file is a caro-shim of any version; false where it can't be read. */
bool is_shim(const char *path);

#endif
