#include "redact.h"

size_t redact_argv(const struct runtime_conf *conf, const struct bytes *argv, size_t argc, struct bytes *shown,
		   size_t *indexes, struct buffer *space)
{
	(void)conf, (void)indexes, (void)space;
	memcpy(shown, argv, argc * sizeof *argv);
	return 0;
}

struct bytes redact_text(const struct runtime_conf *conf, struct bytes text, struct buffer *space)
{
	(void)conf, (void)space;
	return text;
}
