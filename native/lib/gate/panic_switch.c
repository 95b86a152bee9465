#include "lib/gate/panic_switch.h"

#include "lib/base/xdg.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool switched_off(void)
{
	char path[PATH_SPACE];
	const char *variable = getenv("CARO_DISABLE");
	if (variable && *variable && strcmp(variable, "0"))
		return true;
	return xdg_path(XDG_CONFIG, "disabled", path) && access(path, F_OK) == 0;
}
