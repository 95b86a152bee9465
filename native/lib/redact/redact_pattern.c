#include "lib/redact/redact_pattern.h"

#include "lib/base/ere.h"

/* src/caro/ere.py holds the configuration to the same bounds. */
#define PATTERNS_MAX 64
#define STEPS_MAX 8192

struct patterns {
	const struct runtime_conf *conf; /* that they are of; NULL: not compiled yet */
	bool unreadable;
	size_t count;
	struct ere compiled[PATTERNS_MAX];
	struct ere_step steps[STEPS_MAX];
};

static void compile_patterns(struct patterns *patterns, const struct runtime_conf *conf)
{
	size_t used = 0;
	const char *pattern;
	*patterns = (struct patterns){.conf = conf};
	for (size_t cursor = 0; (pattern = next_entry(conf, CONF_REDACT_PATTERN, &cursor)) != NULL;) {
		struct ere *ere = &patterns->compiled[patterns->count];
		if (patterns->count == PATTERNS_MAX ||
		    ere_compile(ere, patterns->steps + used, STEPS_MAX - used, pattern)) {
			patterns->unreadable = true;
			return;
		}
		used += ere->count;
		patterns->count++;
	}
}

static void mark_pattern(const struct ere *ere, struct marks *marks)
{
	static struct ere_search search;
	size_t at = 0, start, end;
	uint32_t ignored;
	while (ere_find(ere, &search, marks->text, marks->length, at, &start, &end)) {
		add_mark(marks, (struct span){start, end}, false);
		size_t step = ere_char(marks->text + end, marks->length - end, &ignored);
		if (end == start && step == 0)
			break;
		at = end > start ? end : end + step;
	}
}

void mark_patterns(const struct runtime_conf *conf, struct marks *marks)
{
	static struct patterns patterns;
	bool shell = marks->shell;
	if (patterns.conf != conf) /* once: a program reads its configuration once */
		compile_patterns(&patterns, conf);
	marks->shell = false; /* what the user calls a secret is one where it begins with a `$` too */
	for (size_t i = 0; i < patterns.count; i++)
		mark_pattern(&patterns.compiled[i], marks);
	if (patterns.unreadable)
		add_mark(marks, (struct span){0, marks->length}, false);
	marks->shell = shell;
}
