#include "hook/redacted_line.h"

#include "lib/redact/redact.h"

/* A longer line is hidden whole where it holds a secret. */
#define SPACE (256 * 1024)

struct bytes without_secrets(struct runtime_conf *conf, const struct line *line)
{
	static char space[SPACE];
	struct buffer buffer = buffer_in(space, sizeof space);
	bool redact = conf->redact;
	conf->redact = true;
	struct bytes shown = redact_text(conf, (struct bytes){line->text, line->length}, &buffer);
	conf->redact = redact;
	return shown;
}

bool holds_secret(struct runtime_conf *conf, const struct line *line)
{
	return without_secrets(conf, line).data != line->text;
}
