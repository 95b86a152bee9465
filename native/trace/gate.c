#ifdef __linux__
#include "gate.h"

#include "journal.h"

#include "lib/exec_gate.h"
#include "lib/identity.h"
#include "lib/panic_switch.h"
#include "lib/record_run.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* One file that is many programs: argv[0] says which. */
static const char *const multicall[] = {"busybox", "toybox", "coreutils", "sbase-box", "ubase-box"};

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash && slash[1] ? slash + 1 : path;
}

/* By the file, which is sure, and not by argv[0], which the caller may choose. */
static const char *program_of(const struct start *start)
{
	const char *name = base_name(start->target->path);
	for (size_t i = 0; i < sizeof multicall / sizeof *multicall; i++)
		if (start->argv->count && !strcmp(name, multicall[i]))
			return base_name(start->argv->data);
	return name;
}

static char **words_of(const struct start *start)
{
	char **words = malloc((start->argv->count + 2) * sizeof *words), *at = start->argv->data;
	if (!words)
		return NULL;
	words[0] = (char *)(uintptr_t)program_of(start);
	size_t count = 1;
	for (size_t i = 0; i < start->argv->count; i++, at += strlen(at) + 1)
		if (i > 0)
			words[count++] = at;
	words[count] = NULL;
	return words;
}

/* Where the caller's messages go; nothing waits for a reader, and nobody gets a new terminal by it. */
static void tell(pid_t pid, const struct gate_verdict *verdict)
{
	char name[32];
	snprintf(name, sizeof name, "/proc/%d/fd/2", (int)pid);
	int fd = open(name, O_WRONLY | O_APPEND | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return;
	int before = dup(STDERR_FILENO);
	dup2(fd, STDERR_FILENO);
	gate_say(verdict);
	dup2(before, STDERR_FILENO);
	close(before);
	close(fd);
}

bool gate_refuses(const struct start *start)
{
	static struct gate_verdict verdict;
	const struct runtime_conf *conf = journal_conf();
	struct exec_gate gate = {.conf = conf, .source = "deep", .pid = start->pid, .parent = start->parent};
	char **words = words_of(start);
	gate.path = start->target->path;
	gate.cwd = start->cwd && start->cwd[0] ? start->cwd : NULL;
	bool refused = false;
	if (words && exec_gate_look(&gate, words, &verdict) != GATE_PASS && !switched_off()) {
		gate.session = inherited_id("CARO_SESSION_ID");
		gate.agent = agent_above();
		gate.user = effective_user(conf);
		gate.host = machine_name(conf);
		refused = exec_gate_refuses(&gate, words, &verdict);
	}
	free(words);
	if (refused)
		tell(start->pid, &verdict);
	return refused;
}
#else
typedef int not_on_this_system;
#endif
