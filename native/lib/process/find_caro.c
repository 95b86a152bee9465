#include "lib/process/find_caro.h"

#include "lib/base/xdg.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Only absolute elements: a relative one would start whatever stands in the folder somebody has just entered. */
static int find_on_path(char *program, size_t size)
{
	const char *path = getenv("PATH");
	while (path != NULL && *path) {
		size_t length = strcspn(path, ":");
		struct stat status;
		int used = snprintf(program, size, "%.*s/caro", (int)length, path);
		if (*path == '/' && used > 0 && (size_t)used < size && stat(program, &status) == 0 &&
		    S_ISREG(status.st_mode) && access(program, X_OK) == 0)
			return 0;
		path += length + (path[length] == ':');
	}
	return -1;
}

/* The interpreter that has Caro, as installation noted it in ~/.local/share/caro/bin: a PATH that somebody made poor
 * must not leave nobody to judge. */
static int find_noted(char *program, size_t size)
{
	char file[PATH_SPACE];
	struct stat status;
	if (!xdg_path(XDG_DATA, "bin/interpreter", file))
		return -1;
	int fd = open(file, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0)
		return -1;
	bool ours = fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && status.st_uid == geteuid() &&
		    !(status.st_mode & 022);
	ssize_t length = ours ? read(fd, program, size - 1) : -1;
	close(fd);
	if (length <= 0)
		return -1;
	program[length] = '\0';
	program[strcspn(program, "\n")] = '\0';
	return *program == '/' && access(program, X_OK) == 0 ? 0 : -1;
}

bool find_caro(char *program, size_t size, bool *interpreter)
{
	*interpreter = find_noted(program, size) == 0;
	return *interpreter || find_on_path(program, size) == 0;
}
