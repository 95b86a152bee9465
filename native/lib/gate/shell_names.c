#include "lib/gate/shell_names.h"

#include <string.h>

bool is_shell_name(const char *program)
{
	static const char names[] =
#include "lib/gate/shell_names.inc"
		;
	for (const char *name = names; *name; name += strlen(name) + 1)
		if (!strcmp(program, name))
			return true;
	return false;
}
