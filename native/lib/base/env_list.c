#include "lib/base/env_list.h"

#include "lib/base/memory.h"

#include <string.h>

bool copy_environ(struct env_list *env, char **from, size_t more)
{
	size_t count = 0;
	while (from && from[count])
		count++;
	*env = (struct env_list){take_memory((count + more + 1) * sizeof *from), count, count + more};
	if (!env->items)
		return false;
	if (count)
		memcpy(env->items, from, count * sizeof *from);
	env->items[count] = NULL;
	return true;
}

size_t put_variable(struct env_list *env, char *text)
{
	size_t name = (size_t)(strchr(text, '=') - text) + 1, at = 0;
	while (at < env->count && strncmp(env->items[at], text, name))
		at++;
	if (at == env->count) {
		if (env->count == env->room)
			return at;
		env->items[++env->count] = NULL;
	}
	env->items[at] = text;
	return at;
}
