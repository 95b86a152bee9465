#ifdef __linux__
#include "trace/target.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "trace/image.h"
#include "trace/kernel.h"

#include "lib/process/shim_mark.h"

#define NESTED_SCRIPTS 5 /* bprm->depth in fs/exec.c */

/* What a file holds is remembered by its identity; a script that is rewritten has another ctime or size. */
struct known {
	struct k_statx stat;
	struct image image;
	bool noexec, own;
};
static struct known known[256];

static int statx_at(int dirfd, const char *path, int flags, struct k_statx *out)
{
	return (int)syscall(SYS_statx, dirfd, path, flags, K_STATX_BASIC | K_STATX_MNT_ID, out);
}

static bool has_own_root(pid_t pid)
{
	static struct k_statx own;
	struct k_statx root;
	char name[64];
	if (own.ino == 0)
		statx_at(AT_FDCWD, "/", 0, &own);
	snprintf(name, sizeof name, "/proc/%d/root", (int)pid);
	if (statx_at(AT_FDCWD, name, 0, &root) != 0)
		return true;
	return root.ino == own.ino && root.dev_major == own.dev_major && root.dev_minor == own.dev_minor &&
	       root.mnt_id == own.mnt_id; /* mount ids are unique over all namespaces */
}

static bool is_renamed(const char *path)
{
	return strncmp(path, "/proc/", 6) == 0 || strncmp(path, "/dev/", 5) == 0;
}

static struct k_statx first_look;

bool target_missing(struct view *view, pid_t pid, const char *asked)
{
	view->same_root = has_own_root(pid);
	view->looked = asked[0] == '/' && view->same_root && !is_renamed(asked);
	if (!view->looked || statx_at(AT_FDCWD, asked, 0, &first_look) == 0)
		return false;
	view->looked = false;
	return errno == ENOENT || errno == ENOTDIR;
}

static bool has_own_ids(uid_t uid, gid_t gid)
{
	static uid_t own_uid;
	static gid_t own_gid;
	static bool asked;
	if (!asked) {
		own_uid = geteuid();
		own_gid = getegid();
		asked = true;
	}
	return uid == own_uid && gid == own_gid;
}

int view_read(struct view *view, pid_t pid, uid_t uid, gid_t gid)
{
	char name[64];
	view->pid = pid;
	view->uid = uid;
	view->gid = gid;
	view->same_creds = has_own_ids(uid, gid);
	view->cwd[0] = '\0';
	snprintf(name, sizeof name, "/proc/%d/cwd", (int)pid);
	ssize_t length = readlink(name, view->cwd, sizeof view->cwd - 1);
	if (length <= 0)
		return -1;
	view->cwd[length] = '\0';
	if (view->same_root)
		return 0;
	/* In a chroot of our own namespace /proc shows our path of it; the caller doesn't see the part above. */
	char above[PATH_MAX];
	snprintf(name, sizeof name, "/proc/%d/root", (int)pid);
	length = readlink(name, above, sizeof above - 1);
	if (length > 1 && strncmp(view->cwd, above, (size_t)length) == 0 &&
	    (view->cwd[length] == '/' || view->cwd[length] == '\0')) {
		memmove(view->cwd, view->cwd + length, strlen(view->cwd + length) + 1);
		if (view->cwd[0] == '\0')
			strcpy(view->cwd, "/");
	}
	return 0;
}

/* /proc/self and /dev/fd mean the caller's, not ours. Returns whether `path` was one of them. */
static bool rename_self(const struct view *view, const char *path, char *out, size_t room)
{
	static const char *const SELF[][2] = {{"/proc/self/", ""}, {"/proc/thread-self/", ""}, {"/dev/fd/", "fd/"}};
	for (size_t i = 0; i < sizeof SELF / sizeof *SELF; i++) {
		size_t length = strlen(SELF[i][0]);
		if (strncmp(path, SELF[i][0], length) == 0)
			return snprintf(out, room, "/proc/%d/%s%s", (int)view->pid, SELF[i][1], path + length) <
			       (int)room;
	}
	return false;
}

/* Opens what `path` names for the caller, relative to its `dirfd`. Returns an O_PATH descriptor, or -1. */
static int open_as_seen(const struct view *view, int dirfd, const char *path, int nofollow)
{
	char name[2 * PATH_MAX];
	int flags = O_PATH | O_CLOEXEC | nofollow;
	if (path[0] == '/' && rename_self(view, path, name, sizeof name))
		return open(name, flags);
	if (view->same_root) {
		if (path[0] == '/')
			return open(path, flags);
		if (dirfd == AT_FDCWD)
			snprintf(name, sizeof name, "/proc/%d/cwd/%s", (int)view->pid, path);
		else
			snprintf(name, sizeof name, "/proc/%d/fd/%d/%s", (int)view->pid, dirfd, path);
		return open(name, flags);
	}
	struct k_open_how how = {.flags = (uint64_t)flags, .resolve = K_RESOLVE_IN_ROOT};
	snprintf(name, sizeof name, "/proc/%d/root", (int)view->pid);
	int root = open(name, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root < 0)
		return -1;
	if (path[0] == '/' || dirfd != AT_FDCWD)
		snprintf(name, sizeof name, "%s", path);
	else
		snprintf(name, sizeof name, "%s/%s", view->cwd, path);
	int fd = (int)syscall(SYS_openat2, root, name, &how, sizeof how);
	close(root);
	return fd;
}

/* The caller's groups decide too; /proc tells them. The kernel keeps the filesystem ids a thread at a time, and raw
 * calls change those of this thread alone. */
static int access_as(const struct view *view, int fd)
{
	char line[65536], name[64];
	gid_t groups[1024], own[1024];
	int count = 0, own_count = getgroups(1024, own);
	snprintf(name, sizeof name, "/proc/%d/status", (int)view->pid);
	FILE *status = fopen(name, "re");
	while (status != NULL && fgets(line, sizeof line, status) != NULL)
		if (strncmp(line, "Groups:", 7) == 0)
			for (char *at = line + 7, *end; count < 1024; at = end) {
				groups[count] = (gid_t)strtoul(at, &end, 10);
				if (end == at)
					break;
				count++;
			}
	if (status != NULL)
		fclose(status);
	bool changed = own_count >= 0 && syscall(SYS_setgroups, (long)count, groups) == 0;
	syscall(SYS_setfsgid, view->gid);
	syscall(SYS_setfsuid, view->uid);
	int result = (int)syscall(SYS_faccessat2, fd, "", X_OK, AT_EMPTY_PATH | AT_EACCESS);
	int saved = errno;
	syscall(SYS_setfsuid, geteuid());
	syscall(SYS_setfsgid, getegid());
	if (changed)
		syscall(SYS_setgroups, (long)own_count, own);
	return result == 0 || saved != EACCES ? 0 : -1;
}

static bool may_execute(const struct view *view, int fd, const struct k_statx *stat)
{
	if ((stat->mode & S_IFMT) != S_IFREG || (stat->mode & 0111) == 0)
		return false;
	if ((stat->mode & 0111) == 0111 || view->uid == 0)
		return true;
	if (!view->same_creds)
		return access_as(view, fd) == 0;
	return syscall(SYS_faccessat2, fd, "", X_OK, AT_EMPTY_PATH | AT_EACCESS) == 0 || errno != EACCES;
}

/* A native beside the tracer: hooks and collectors are no commands of the user's. */
static bool is_sibling(const char *name)
{
	char own[PATH_MAX], other[PATH_MAX];
	ssize_t length = readlink("/proc/self/exe", own, sizeof own), found = readlink(name, other, sizeof other - 1);
	if (length <= 0 || found <= 0)
		return false;
	other[found] = '\0';
	while (length > 0 && own[length - 1] != '/')
		length--;
	return found > length && memcmp(own, other, (size_t)length) == 0 && strncmp(other + length, "caro-", 5) == 0 &&
	       strchr(other + length, '/') == NULL;
}

static bool is_own(const char *name, const struct k_statx *stat)
{
	struct k_statx self;
	bool tracer = statx_at(AT_FDCWD, "/proc/self/exe", 0, &self) == 0 && self.ino == stat->ino &&
		      self.dev_major == stat->dev_major && self.dev_minor == stat->dev_minor;
	return tracer || is_sibling(name) || (stat->size < SHIM_SIZE_MAX && is_shim(name));
}

static struct known *slot_of(const struct k_statx *stat)
{
	return &known[(stat->ino ^ stat->ino >> 8 ^ stat->mnt_id) % 256];
}

static bool is_known(const struct known *slot, const struct k_statx *stat)
{
	const struct k_statx *old = &slot->stat;
	return old->ino == stat->ino && old->dev_major == stat->dev_major && old->dev_minor == stat->dev_minor &&
	       old->mnt_id == stat->mnt_id && old->size == stat->size && old->ctime.sec == stat->ctime.sec &&
	       old->ctime.nsec == stat->ctime.nsec && old->ino != 0;
}

static const struct known *look_into(int fd, const struct k_statx *stat)
{
	struct known *slot = slot_of(stat);
	if (is_known(slot, stat))
		return slot;
	char name[64];
	unsigned char head[IMAGE_HEAD];
	struct statvfs fs;
	snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
	int file = open(name, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	ssize_t size = file >= 0 ? pread(file, head, sizeof head, 0) : -1;
	slot->stat = *stat;
	slot->noexec = fstatvfs(fd, &fs) == 0 && (fs.f_flag & ST_NOEXEC) != 0;
	slot->image = (struct image){.kind = IMAGE_OTHER}; /* may be run but not read: the kernel alone knows */
	if (size >= 0)
		image_parse(head, (size_t)size, file, &slot->image);
	slot->own = is_own(name, stat);
	if (file >= 0)
		close(file);
	return slot;
}

/* One file of the chain script -> interpreter -> loader. Returns 0 or the errno; `*image` stays valid until the next
 * call. */
static int check_file(const struct view *view, int fd, struct k_statx *stat, const struct image **image, bool *own)
{
	if (statx_at(fd, "", AT_EMPTY_PATH, stat) != 0)
		return errno;
	if (!may_execute(view, fd, stat))
		return EACCES;
	const struct known *file = look_into(fd, stat);
	if (file->noexec)
		return EACCES;
	*image = &file->image;
	*own = file->own;
	return file->image.kind == IMAGE_BAD ? ENOEXEC : 0;
}

static int follow(const struct view *view, int fd, struct target *out)
{
	char next[sizeof((struct image *)0)->interpreter];
	for (int depth = 0;; depth++) {
		struct k_statx stat;
		const struct image *image = NULL;
		int error = check_file(view, fd, &stat, &image, &out->own);
		close(fd);
		if (error != 0)
			return error;
		out->dev = (uint64_t)stat.dev_major << 32 | stat.dev_minor;
		out->ino = stat.ino;
		if (image->kind != IMAGE_SCRIPT && image->kind != IMAGE_DYNAMIC)
			return 0;
		bool script = image->kind == IMAGE_SCRIPT;
		strcpy(next, image->interpreter);
		if ((fd = open_as_seen(view, AT_FDCWD, next, 0)) < 0)
			return errno;
		if (!script) {
			close(fd);
			return 0;
		}
		snprintf(out->interpreter, sizeof out->interpreter, "%s", next);
		if (depth >= NESTED_SCRIPTS) {
			close(fd);
			return ELOOP;
		}
	}
}

static void absolute_path(const struct view *view, int dirfd, const char *asked, struct target *out)
{
	char name[64];
	while (asked[0] == '.' && asked[1] == '/')
		for (asked += 2; asked[0] == '/';)
			asked++;
	if (asked[0] == '/')
		snprintf(out->path, sizeof out->path, "%s", asked);
	else if (dirfd == AT_FDCWD)
		snprintf(out->path, sizeof out->path, "%s/%s", strcmp(view->cwd, "/") != 0 ? view->cwd : "", asked);
	else {
		snprintf(name, sizeof name, "/proc/%d/fd/%d", (int)view->pid, dirfd);
		ssize_t length = readlink(name, out->path, PATH_MAX - 1);
		length = length > 0 ? length : 0;
		snprintf(out->path + length, sizeof out->path - (size_t)length, "%s%s", asked[0] ? "/" : "", asked);
	}
}

/* A script whose descriptor closes on exec can't be opened by its interpreter: the kernel says ENOENT. */
static bool closes_on_exec(const struct view *view, int dirfd)
{
	char line[128], name[64];
	bool closes = false;
	snprintf(name, sizeof name, "/proc/%d/fdinfo/%d", (int)view->pid, dirfd);
	FILE *info = fopen(name, "re");
	while (info != NULL && fgets(line, sizeof line, info) != NULL)
		if (strncmp(line, "flags:", 6) == 0)
			closes = (strtoul(line + 6, NULL, 8) & O_CLOEXEC) != 0;
	if (info != NULL)
		fclose(info);
	return closes;
}

/* Nearly every exec: a program seen before, by its whole path, that everybody may run. One look tells as much as the
 * long way. */
static bool find_known(const struct view *view, struct target *out)
{
	const struct k_statx stat = first_look;
	if (!view->looked || !view->same_creds)
		return false;
	const struct known *slot = slot_of(&stat);
	bool plain = slot->image.kind == IMAGE_STATIC || slot->image.kind == IMAGE_DYNAMIC;
	if (!is_known(slot, &stat) || !plain || slot->noexec || (stat.mode & 0111) != 0111)
		return false;
	if (slot->image.kind == IMAGE_DYNAMIC && access(slot->image.interpreter, F_OK) != 0)
		return false;
	out->own = slot->own;
	out->dev = (uint64_t)stat.dev_major << 32 | stat.dev_minor;
	out->ino = stat.ino;
	return true;
}

int target_find(const struct view *view, int dirfd, const char *asked, int flags, struct target *out)
{
	char name[64];
	int fd;
	out->interpreter[0] = '\0';
	out->dev = out->ino = 0;
	out->own = false;
	if (flags == 0 && find_known(view, out)) {
		absolute_path(view, dirfd, asked, out);
		return 0;
	}
	if (asked[0] == '\0' && (flags & AT_EMPTY_PATH) == 0)
		return ENOENT;
	if (asked[0] == '\0') {
		snprintf(name, sizeof name, "/proc/%d/fd/%d", (int)view->pid, dirfd);
		fd = open(name, O_PATH | O_CLOEXEC);
	} else {
		fd = open_as_seen(view, dirfd, asked, (flags & AT_SYMLINK_NOFOLLOW) != 0 ? O_NOFOLLOW : 0);
	}
	absolute_path(view, dirfd, asked, out);
	if (fd < 0)
		return errno;
	int error = follow(view, fd, out);
	if (error == 0 && dirfd != AT_FDCWD && asked[0] != '/' && out->interpreter[0] && closes_on_exec(view, dirfd))
		return ENOENT;
	return error;
}
#else
typedef int not_on_this_system;
#endif
