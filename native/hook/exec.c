#include "hook/exec.h"

#include "lib/base/buffer.h"
#include "lib/gate/exec_gate.h"
#include "lib/process/own_file.h"
#include "lib/event/identity.h"
#include "lib/gate/panic_switch.h"
#include "lib/event/record_run.h"
#include "lib/base/xdg.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* In front of a person: an agent's terminal has none. */
static bool may_ask(const char *agent)
{
	pid_t group = tcgetpgrp(STDERR_FILENO);
	return !agent && group > 0 && group == getpgrp();
}

/* The link is resolved, and not gone through: a socket's path may have 107 bytes. */
void use_policy_of_shims(void)
{
	char link[PATH_SPACE], target[PATH_SPACE];
	struct own_file own;
	struct buffer path = buffer_in(link, sizeof link);
	find_own_file(&own, NULL);
	add_bytes(&path, own.path, own.folder_length);
	add_text(&path, "/../shims/.config");
	ssize_t length = end_text(&path) ? readlink(link, target, sizeof target - 1) : -1;
	if (length <= 0)
		return;
	target[length] = '\0';
	char *name = (char *)(uintptr_t)name_of(target);
	bool ours = name > target + 1 && !strcmp(name, "caro") && access(target, X_OK) == 0;
	if (ours) {
		name[-1] = '\0';
		setenv("XDG_CONFIG_HOME", target, 1);
	}
}

int run_exec(struct runtime_conf *conf, char **argv)
{
	static struct verdict verdict;
	char cwd[PATH_SPACE];
	struct exec_gate gate = {.conf = conf, .source = "shim", .agent = agent_above(conf), .pid = getppid()};
	if (switched_off())
		return 0;
	gate.session = inherited_id("CARO_SESSION_ID");
	gate.parent = inherited_id("CARO_PARENT_ID");
	gate.cwd = getcwd(cwd, sizeof cwd);
	gate.user = effective_user(conf);
	gate.host = machine_name(conf);
	gate.may_ask = may_ask(gate.agent);
	if (!exec_gate_refuses(&gate, argv, &verdict))
		return 0;
	say_refusal(&verdict);
	return 126;
}
