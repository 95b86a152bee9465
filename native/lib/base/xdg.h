/* Where Caro's files are: the twin of src/caro/paths.py (XDG Base Directory Specification 0.8). */
#ifndef CARO_XDG_H
#define CARO_XDG_H

#include <stdbool.h>
#include <stddef.h>

enum xdg_folder { XDG_CONFIG, XDG_DATA, XDG_STATE, XDG_CACHE };

/* Longer paths can't be opened anyway (PATH_MAX of Linux). */
#define PATH_SPACE 4096

/* Let Caro's configuration and data be those that the folder of the shims belongs to, whatever HOME and XDG say: its
 * link `.config`, where that leads to a configuration which can be read, and the folder above. The path is kept. */
void use_shims_folder(const char *folder, size_t length);

/* Write `<folder>/caro/<name>` to `out`; false where there is neither the XDG variable nor an absolute HOME. */
bool xdg_path(enum xdg_folder folder, const char *name, char out[PATH_SPACE]);
/* Write `$HOME/<name>` to `out`; false where HOME is not set to an absolute path. */
bool home_path(const char *name, char out[PATH_SPACE]);
/* Makes the folders above a file, 0700 each. Failures show when the file is opened. */
void make_parents(const char *path);

#endif
