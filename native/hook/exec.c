#include "hook/exec.h"

#include "lib/gate/exec_gate.h"
#include "lib/event/identity.h"
#include "lib/gate/panic_switch.h"
#include "lib/event/record_run.h"
#include "lib/base/xdg.h"

#include <unistd.h>

/* In front of a person: an agent's terminal has none. */
static bool may_ask(const char *agent)
{
	pid_t group = tcgetpgrp(STDERR_FILENO);
	return !agent && group > 0 && group == getpgrp();
}

int run_exec(struct runtime_conf *conf, char **argv)
{
	static struct verdict verdict;
	char cwd[PATH_SPACE];
	struct exec_gate gate = {.conf = conf, .source = "shim", .agent = agent_above(), .pid = getppid()};
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
