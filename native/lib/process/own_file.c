#include "lib/process/own_file.h"

#include <string.h>
#include <unistd.h>

#ifdef __linux__
#include <sys/auxv.h>
#endif
#ifdef __APPLE__
#include <mach-o/dyld.h>
#endif

const char *name_of(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash ? slash + 1 : path;
}

#ifdef __linux__
/* A shim that is replaced while it runs is "/…/git (deleted)" to /proc. */
static void drop_suffix(char *path, const char *suffix)
{
	size_t length = strlen(path), n = strlen(suffix);
	if (length > n && !strcmp(path + length - n, suffix))
		path[length - n] = '\0';
}

/* The name that execve was given, unless it is a symlink: as good as /proc/self/exe, and there in a chroot without
 * /proc too. */
static const char *ask_system(void)
{
	static char path[PATH_SPACE];
	struct stat st;
	const char *given = (const char *)getauxval(AT_EXECFN);
	if (given && lstat(given, &st) == 0 && S_ISREG(st.st_mode))
		return given;
	ssize_t length = readlink("/proc/self/exe", path, PATH_SPACE - 1);
	if (length <= 0)
		return given;
	path[length] = '\0';
	drop_suffix(path, " (deleted)");
	return path;
}
#elif defined(__APPLE__)
static const char *ask_system(void)
{
	static char path[PATH_SPACE];
	uint32_t size = PATH_SPACE;
	return _NSGetExecutablePath(path, &size) == 0 ? path : NULL;
}
#else
static const char *ask_system(void)
{
	return NULL;
}
#endif

static struct file_id find_id(const char *path)
{
	struct stat st;
	return stat(path, &st) == 0 ? id_of(&st) : (struct file_id){0, 0};
}

static struct file_id find_folder_id(const struct own_file *own)
{
	char folder[PATH_SPACE];
	if (own->folder_length >= PATH_SPACE)
		return (struct file_id){0, 0};
	if (!own->folder_length)
		return find_id(own->path[0] == '/' ? "/" : ".");
	memcpy(folder, own->path, own->folder_length);
	folder[own->folder_length] = '\0';
	return find_id(folder);
}

void find_own_file(struct own_file *own, const char *argv0)
{
	own->path = ask_system();
	if (!own->path)
		own->path = argv0 ? argv0 : "";
	const char *slash = strrchr(own->path, '/');
	own->folder_length = slash ? (size_t)(slash - own->path) : 0;
	own->file = find_id(own->path);
	own->folder = find_folder_id(own);
}
