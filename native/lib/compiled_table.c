#include "compiled_table.h"

#include <stddef.h>

const struct table_entry *table_judge_argv(char *const *argv)
{
	(void)argv;
	return NULL;
}

const struct table_entry *table_judge_line(const char *line)
{
	(void)line;
	return NULL;
}
