/* Fuzzes the reader of runtime.conf. */
#include "lib/base/runtime_conf.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct runtime_conf conf;
	const enum conf_list lists[] = {CONF_REDACT_PATTERN, CONF_RULE, CONF_PROGRAM, CONF_FOLDER, CONF_AGENT};
	size_t entries = 0;
	parse_runtime_conf(&conf, (const char *)data, size);
	for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
		size_t cursor = 0;
		for (const char *value; (value = next_entry(&conf, lists[i], &cursor)); entries++)
			if (!*value || strchr(value, '\n'))
				abort();
	}
	if (guard_mode_in(&conf, "/a/b") < conf.mode)
		abort();
	if (entries != conf.count || conf.timeout_ms <= 0 || (conf.log_file && conf.log_file[0] != '/'))
		abort();
	return 0;
}
