#ifdef __linux__
#include "trace/environment.h"

#include <stdlib.h>
#include <string.h>

struct variable {
	const char *name;
	uint64_t name_hash, value_hash;
};

struct environment {
	size_t count;
	struct variable *variables;
	char names[];
};

/* FNV-1a; it only has to tell values apart, not to hide them: it stays in the worker's memory. */
static uint64_t hash_of(const char *text, size_t length)
{
	uint64_t hash = 0xcbf29ce484222325u;
	for (size_t i = 0; i < length; i++)
		hash = (hash ^ (unsigned char)text[i]) * 0x100000001b3u;
	return hash;
}

struct environment *environment_of(const struct strings *strings)
{
	struct environment *out = malloc(sizeof *out + strings->bytes + 1);
	struct variable *variables = calloc(strings->count + 1, sizeof *variables);
	if (!out || !variables) {
		free(out);
		free(variables);
		return NULL;
	}
	char *to = out->names;
	const char *at = strings->data;
	out->count = 0;
	out->variables = variables;
	for (size_t i = 0; i < strings->count; i++) {
		size_t length = strlen(at), name = strcspn(at, "=");
		if (name > 0 && at[name] == '=') {
			variables[out->count++] =
				(struct variable){to, hash_of(at, name), hash_of(at + name, length - name)};
			memcpy(to, at, name);
			to[name] = '\0';
			to += name + 1;
		}
		at += length + 1;
	}
	return out;
}

void environment_free(struct environment *environment)
{
	if (!environment)
		return;
	free(environment->variables);
	free(environment);
}

static const struct variable *find(const struct environment *environment, const struct variable *like)
{
	for (size_t i = 0; i < environment->count; i++)
		if (environment->variables[i].name_hash == like->name_hash)
			return &environment->variables[i];
	return NULL;
}

size_t environment_diff(const struct environment *before, const struct environment *after, const char **names,
			size_t room)
{
	size_t count = 0;
	if (!before || !after)
		return 0;
	for (size_t i = 0; i < after->count && count < room; i++) {
		const struct variable *old = find(before, &after->variables[i]);
		if (!old || old->value_hash != after->variables[i].value_hash)
			names[count++] = after->variables[i].name;
	}
	for (size_t i = 0; i < before->count && count < room; i++)
		if (!find(after, &before->variables[i]))
			names[count++] = before->variables[i].name;
	return count;
}
#else
typedef int not_on_this_system;
#endif
