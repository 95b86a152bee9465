#include "hook/environment.h"

#include "lib/base/json.h"

#include "lib/base/env_value.h"

#include <string.h>

#define NAMES_MAX 32
#define NAME_BYTES 64
#define VALUE_BYTES 4096

/* What tells how dangerous a place is; src/caro/machine/world_reader.py asks for them. */
static const char *const context[] = {
	"SSH_CONNECTION", "AWS_PROFILE",           "AWS_DEFAULT_PROFILE",
	"KUBECONFIG",     "CLOUDSDK_CORE_PROJECT", "CLOUDSDK_ACTIVE_CONFIG_NAME",
	"CARO_ENV",       "CARO_POLICY",
};

static bool starts_name(char c)
{
	return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static size_t name_length(const char *at, const char *end)
{
	size_t length = 0;
	if (at == end || !starts_name(*at))
		return 0;
	while (at + length < end && (starts_name(at[length]) || (at[length] >= '0' && at[length] <= '9')))
		length++;
	return length;
}

static bool seen(char names[][NAME_BYTES], size_t count, const char *name)
{
	while (count--)
		if (!strcmp(names[count], name))
			return true;
	return false;
}

static bool add_variable(struct buffer *to, const char *name, bool first)
{
	const char *value = env_value(name);
	if (!value || strlen(value) > VALUE_BYTES)
		return false;
	add_text(to, first ? ",\"env\":{" : ",");
	add_json(to, bytes_of(name));
	add_char(to, ':');
	add_json(to, bytes_of(value));
	return true;
}

void add_named_variables(struct buffer *to, struct bytes line)
{
	char names[NAMES_MAX][NAME_BYTES];
	size_t count = 0, added = 0;
	const char *end = line.data + line.length;
	for (const char *at = line.data; count < NAMES_MAX && (at = memchr(at, '$', (size_t)(end - at))) != NULL;) {
		at++;
		while (at < end && (*at == '{' || *at == '#' || *at == '!'))
			at++;
		size_t length = name_length(at, end);
		if (length == 0 || length >= NAME_BYTES)
			continue;
		memcpy(names[count], at, length);
		names[count][length] = '\0';
		if (!seen(names, count, names[count]) && add_variable(to, names[count], count == 0))
			count++;
	}
	for (size_t i = 0; i < sizeof context / sizeof *context; i++)
		if (!seen(names, count, context[i]) && add_variable(to, context[i], count + added == 0))
			added++;
	if (count + added)
		add_char(to, '}');
}
