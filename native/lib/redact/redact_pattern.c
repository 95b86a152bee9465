#include "lib/redact/redact_pattern.h"

#include "lib/base/ere.h"

#define PATTERNS_MAX 16

void mark_patterns(const struct runtime_conf *conf, struct marks *marks)
{
	static struct ere compiled[PATTERNS_MAX];
	static const struct runtime_conf *compiled_for;
	static size_t count;
	size_t cursor = 0, start = 0, end = 0;
	const char *pattern;
	if (compiled_for != conf) { /* once: a program reads its configuration once */
		compiled_for = conf;
		count = 0;
		/* One that doesn't compile is left out; `caro config validate` names it. */
		while (count < PATTERNS_MAX && (pattern = next_entry(conf, CONF_REDACT_PATTERN, &cursor)))
			count += ere_compile(&compiled[count], pattern);
	}
	for (size_t i = 0; i < count; i++)
		for (size_t at = 0; ere_find(&compiled[i], marks->text, marks->length, at, &start, &end);) {
			add_mark(marks, (struct span){start, end}, false);
			at = end > start ? end : end + 1;
		}
}
