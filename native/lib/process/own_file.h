/* Which file this process was started from. */
#ifndef CARO_OWN_FILE_H
#define CARO_OWN_FILE_H

#include "lib/base/xdg.h"

#include <sys/stat.h>

struct file_id {
	dev_t device;
	ino_t inode;
};

struct own_file {
	const char *path;            /* "" where it can't be known */
	size_t folder_length;        /* of the part before the last slash */
	struct file_id file, folder; /* inode 0: not known */
};

static inline struct file_id id_of(const struct stat *st)
{
	return (struct file_id){st->st_dev, st->st_ino};
}

static inline bool same_file(struct file_id a, struct file_id b)
{
	return a.inode == b.inode && a.device == b.device && a.inode != 0;
}

void find_own_file(struct own_file *own, const char *argv0);
/* Return what stands after the last slash. */
const char *name_of(const char *path);

#endif
