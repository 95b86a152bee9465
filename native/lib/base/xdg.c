#include "lib/base/xdg.h"

#include "lib/base/buffer.h"
#include "lib/base/bytes.h"
#include "lib/base/env_value.h"

#include <string.h>
#include <sys/stat.h>

static const struct {
	const char *variable, *below_home, *from_shims;
} folders[] = {
	[XDG_CONFIG] = {"XDG_CONFIG_HOME", ".config", "/.config/"},
	[XDG_DATA] = {"XDG_DATA_HOME", ".local/share", "/../"},
	[XDG_STATE] = {"XDG_STATE_HOME", ".local/state", NULL},
	[XDG_CACHE] = {"XDG_CACHE_HOME", ".cache", NULL},
};

static const char *absolute(const char *variable)
{
	const char *value = env_value(variable);
	return value && value[0] == '/' ? value : NULL;
}

bool home_path(const char *name, char out[PATH_SPACE])
{
	const char *home = absolute("HOME");
	if (!home)
		return false;
	struct buffer path = buffer_in(out, PATH_SPACE);
	add_text(&path, home);
	add_char(&path, '/');
	add_text(&path, name);
	return end_text(&path);
}

/* Length 0: by HOME and XDG. */
static struct bytes shims_folder;

void use_shims_folder(const char *folder, size_t length)
{
	char path[PATH_SPACE];
	struct stat found;
	shims_folder = (struct bytes){folder, length};
	if (!xdg_path(XDG_CONFIG, "runtime.conf", path) || stat(path, &found) != 0)
		shims_folder.length = 0;
}

bool xdg_path(enum xdg_folder folder, const char *name, char out[PATH_SPACE])
{
	struct buffer path = buffer_in(out, PATH_SPACE);
	const char *base = absolute(folders[folder].variable), *between = folders[folder].from_shims;
	if (shims_folder.length && between) {
		add_bytes(&path, shims_folder.data, shims_folder.length);
		add_text(&path, between);
		add_text(&path, name);
		return end_text(&path);
	}
	if (!base) {
		base = absolute("HOME");
		if (!base)
			return false;
		add_text(&path, base);
		add_char(&path, '/');
		base = folders[folder].below_home;
	}
	add_text(&path, base);
	add_text(&path, "/caro/");
	add_text(&path, name);
	return end_text(&path);
}

/* Service users have a HOME that is not there on purpose; root could make it. */
static bool below_missing_home(const char *path)
{
	const char *home = absolute("HOME");
	struct stat found;
	if (!home || stat(home, &found) == 0)
		return false;
	size_t length = strlen(home);
	return !strncmp(path, home, length) && path[length] == '/';
}

void make_parents(const char *path)
{
	char part[PATH_SPACE];
	size_t length = strlen(path);
	if (length >= sizeof part || below_missing_home(path))
		return;
	for (size_t i = 1; i < length; i++) {
		if (path[i] != '/')
			continue;
		memcpy(part, path, i);
		part[i] = '\0';
		mkdir(part, 0700);
	}
}
