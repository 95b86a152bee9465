#include "lib/gate/shell_policy.h"

#include "lib/base/env_value.h"
#include "lib/base/json.h"

#define VARIABLE "CARO_POLICY"

bool has_shell_policy(void)
{
	return env_value(VARIABLE) != NULL;
}

void add_shell_policy(struct buffer *to)
{
	const char *value = env_value(VARIABLE);
	if (!value)
		return;
	add_text(to, ",\"env\":{\"" VARIABLE "\":");
	add_json(to, bytes_of(value));
	add_char(to, '}');
}

void tighten_by_silence(struct verdict *verdict)
{
	if (!has_shell_policy() || verdict->action == ACTION_BLOCK)
		return;
	set_verdict(verdict, ACTION_BLOCK, "policy",
		    "this shell has a policy, and Caro's daemon, which knows it, did not answer: try again");
	verdict->final = true;
}
