#include "hook/plain.h"

#include "lib/base/xdg.h"
#include "lib/lines/plain_text.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#ifdef __APPLE__
#define st_mtim st_mtimespec /* POSIX's name is the other */
#endif

static bool is_newer(const struct timespec *one, const struct timespec *other)
{
	return one->tv_sec != other->tv_sec ? one->tv_sec > other->tv_sec : one->tv_nsec >= other->tv_nsec;
}

/* Somebody may have edited config.toml, and no daemon has compiled it yet. */
static bool is_up_to_date(void)
{
	char path[PATH_SPACE];
	struct stat source, compiled;
	const char *other = getenv("CARO_CONFIG");
	if ((other && *other) || !xdg_path(XDG_CONFIG, "config.toml", path))
		return false;
	if (stat(path, &source) != 0)
		return true;
	return xdg_path(XDG_CONFIG, "runtime.conf", path) && stat(path, &compiled) == 0 &&
	       !is_newer(&source.st_mtim, &compiled.st_mtim);
}

bool is_plain(const struct runtime_conf *conf, const struct line *line)
{
	return conf->plain && line->known && !line->cut && strlen(line->text) == line->length &&
	       is_plain_text(conf->plain, line->text) && is_up_to_date();
}
