#include "lib/gate/reply.h"

#include "lib/wire/wire.h"

#include <string.h>

static void copy_field(const char *reply, const char *key, char *value, size_t size)
{
	if (wire_string(reply, key, value, size) < 0)
		value[0] = '\0';
}

void read_verdict(const char *reply, struct verdict *verdict)
{
	char word[16];
	copy_field(reply, "action", word, sizeof word);
	int action = action_of(word, strlen(word));
	set_verdict(verdict, action < 0 ? ACTION_ALLOW : (enum action)action, "", "");
	copy_field(reply, "level", verdict->level, sizeof verdict->level);
	copy_field(reply, "rules", verdict->rule, sizeof verdict->rule);
	copy_field(reply, "reason", verdict->reason, sizeof verdict->reason);
	if (!verdict->reason[0])
		copy_field(reply, "warnings", verdict->reason, sizeof verdict->reason);
	if (!verdict->reason[0] && action > ACTION_ALLOW)
		copy_text(verdict->reason, sizeof verdict->reason, "this command is risky");
	copy_field(reply, "instead", verdict->instead, sizeof verdict->instead);
	copy_field(reply, "code", verdict->code, sizeof verdict->code);
	verdict->score = (int)wire_number(reply, "score");
	verdict->approved = wire_has(reply, "approved");
	verdict->transform = wire_has(reply, "transform");
	verdict->partial = wire_has(reply, "partial") || action < 0;
}
