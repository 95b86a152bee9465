#include "own_file.h"

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

static bool copy_path(char out[PATH_SPACE], const char *path)
{
	size_t length = path ? strlen(path) : 0;
	if (!length || length >= PATH_SPACE)
		return false;
	memcpy(out, path, length + 1);
	return true;
}

#ifdef __linux__
/* A shim that is replaced while it runs is "/…/git (deleted)" to /proc. */
static void drop_suffix(char *path, const char *suffix)
{
	size_t length = strlen(path), n = strlen(suffix);
	if (length > n && !strcmp(path + length - n, suffix))
		path[length - n] = '\0';
}

static bool ask_system(char out[PATH_SPACE])
{
	ssize_t length = readlink("/proc/self/exe", out, PATH_SPACE - 1);
	if (length <= 0) /* no /proc (a chroot): the name that execve was given */
		return copy_path(out, (const char *)getauxval(AT_EXECFN));
	out[length] = '\0';
	drop_suffix(out, " (deleted)");
	return true;
}
#elif defined(__APPLE__)
static bool ask_system(char out[PATH_SPACE])
{
	uint32_t size = PATH_SPACE;
	return _NSGetExecutablePath(out, &size) == 0;
}
#else
static bool ask_system(char out[PATH_SPACE])
{
	(void)out;
	return false;
}
#endif

static struct file_id find_id(const char *path)
{
	struct stat st;
	return stat(path, &st) == 0 ? id_of(&st) : (struct file_id){0, 0};
}

static struct file_id find_folder_id(const char *path)
{
	char folder[PATH_SPACE];
	size_t length = (size_t)(name_of(path) - path);
	if (!length)
		return find_id(".");
	memcpy(folder, path, length);
	folder[length > 1 ? length - 1 : 1] = '\0';
	return find_id(folder);
}

void find_own_file(struct own_file *own, const char *argv0)
{
	if (!ask_system(own->path) && !copy_path(own->path, argv0))
		own->path[0] = '\0';
	own->file = find_id(own->path);
	own->folder = find_folder_id(own->path);
}
