#include "lib/wire/breaker.h"

#include "lib/base/xdg.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

bool breaker_is_open(void)
{
	char path[PATH_SPACE];
	struct stat status;
	if (!xdg_path(XDG_STATE, "breaker", path) || stat(path, &status) != 0)
		return false;
	time_t age = time(NULL) - status.st_mtime;
	return age > -BREAKER_SECONDS && age < BREAKER_SECONDS;
}

void open_breaker(void)
{
	char path[PATH_SPACE];
	if (!xdg_path(XDG_STATE, "breaker", path))
		return;
	make_parents(path);
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
	if (fd < 0)
		return;
	futimens(fd, NULL);
	close(fd);
}
