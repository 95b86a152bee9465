#include "shim/gate.h"

#include "lib/gate/exec_gate.h"
#include "lib/event/identity.h"
#include "lib/base/memory.h"
#include "lib/event/record_run.h"
#include "lib/base/xdg.h"

#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

enum { LET_GO = 0, REFUSED = 126, NO_HELPER = -1 };

/* `caro-hook exec TOOL ARG...`: its exit status, or NO_HELPER. */
static int run_helper(char **argv)
{
	char program[PATH_SPACE];
	size_t count = 0;
	int status = 0;
	struct sigaction waited = {.sa_handler = SIG_DFL}, before;
	while (argv[count])
		count++;
	char **words = borrow_memory((count + 3) * sizeof *words);
	if (!words || !xdg_path(XDG_DATA, "bin/caro-hook", program))
		return NO_HELPER;
	words[0] = "caro-hook";
	words[1] = "exec";
	memcpy(words + 2, argv, count * sizeof *words);
	/* Where our caller ignores SIGCHLD, the helper's status would be gone. */
	sigaction(SIGCHLD, &waited, &before);
	/* fork would bring three kilobytes of locks along. */
	pid_t pid = vfork();
	if (pid == 0) {
		execve(program, words, environ);
		_exit(127);
	}
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		continue;
	sigaction(SIGCHLD, &before, NULL);
	return_memory(words);
	bool answered = pid > 0 && WIFEXITED(status) &&
			(WEXITSTATUS(status) == LET_GO || WEXITSTATUS(status) == REFUSED);
	return answered ? WEXITSTATUS(status) : NO_HELPER;
}

static bool judged(struct runtime_conf *conf, char **argv, const char *cwd)
{
	static struct verdict verdict;
	struct exec_gate gate = {
		.conf = conf, .source = "shim", .agent = agent_above(conf), .cwd = cwd, .pid = getpid()};
	enum gate_need need = exec_gate_look(&gate, argv, &verdict);
	/* The variable's value names a shell's policy, which the daemon alone knows (lib/gate/shell_policy.h). */
	const char *policy = getenv("CARO_POLICY");
	int answer = need == GATE_ASK || policy ? run_helper(argv) : NO_HELPER;
	if (policy && answer == NO_HELPER)
		set_verdict(&verdict, ACTION_BLOCK, "policy", policy);
	if (answer != NO_HELPER || verdict.action == ACTION_ALLOW)
		return answer == REFUSED;
	gate.session = inherited_id("CARO_SESSION_ID");
	gate.parent = inherited_id("CARO_PARENT_ID");
	exec_gate_record(&gate, argv, &verdict);
	if (verdict.action < ACTION_CONFIRM)
		return false;
	say_refusal(&verdict);
	return true;
}

bool is_refused(struct runtime_conf *conf, const char *tool, char **argv, const char *cwd)
{
	char *typed = argv[0];
	read_runtime_conf(conf);
	if (agent_above(conf))
		use_agent_mode(conf);
	/* The tool's name, which is sure, and not argv[0], which a caller may choose. */
	argv[0] = (char *)(uintptr_t)tool;
	bool refused = judged(conf, argv, cwd);
	argv[0] = typed;
	return refused;
}
