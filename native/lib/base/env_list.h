/* An environment for a child: that of this process with a few variables set. */
#ifndef CARO_ENV_LIST_H
#define CARO_ENV_LIST_H

#include <stdbool.h>
#include <stddef.h>

struct env_list {
	char **items; /* ends with NULL */
	size_t count, room;
};

/* Copies the pointers, not the texts, and leaves room for `more` new ones; false: no memory. */
bool copy_environ(struct env_list *env, char **from, size_t more);
/* Puts "NAME=value" where NAME stands, else at the end; gives its place. The text is kept, not copied. */
size_t put_variable(struct env_list *env, char *text);

#endif
