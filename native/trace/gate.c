#ifdef __linux__
#include "trace/gate.h"

#include "trace/journal.h"

#include "lib/gate/compiled_table.h"
#include "lib/gate/exec_gate.h"
#include "lib/gate/shell_policy.h"
#include "lib/event/identity.h"
#include "lib/gate/panic_switch.h"
#include "lib/event/record_run.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
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

#ifndef SYS_pidfd_getfd
#define SYS_pidfd_getfd 438
#endif

/* The caller's own standard error: opened anew by its name, a file would be written over by those that share the
 * caller's place in it. */
static int stderr_of(pid_t pid)
{
	int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	int fd = pidfd < 0 ? -1 : (int)syscall(SYS_pidfd_getfd, pidfd, STDERR_FILENO, 0);
	if (pidfd >= 0)
		close(pidfd);
	return fd;
}

/* Nobody waits here for a reader that doesn't read. */
static void tell(pid_t pid, const struct verdict *verdict)
{
	int fd = stderr_of(pid), own = dup(STDERR_FILENO);
	struct pollfd ready = {.fd = fd, .events = POLLOUT};
	if (fd >= 0 && own >= 0 && poll(&ready, 1, 0) > 0 && (ready.revents & POLLOUT)) {
		dup2(fd, STDERR_FILENO);
		say_refusal(verdict);
		dup2(own, STDERR_FILENO);
	}
	if (fd >= 0)
		close(fd);
	if (own >= 0)
		close(own);
}

bool gate_refuses(const struct start *start)
{
	static struct verdict verdict;
	const struct runtime_conf *conf = journal_conf();
	struct exec_gate gate = {.conf = conf, .source = "deep", .pid = start->pid, .parent = start->parent};
	char **words = words_of(start);
	table_reads_text();
	gate.path = start->target->path;
	gate.cwd = start->cwd && start->cwd[0] ? start->cwd : NULL;
	bool refused = false;
	bool asked = words && (has_shell_policy() || exec_gate_look(&gate, words, &verdict) != GATE_PASS);
	if (asked && !switched_off()) {
		gate.session = inherited_id("CARO_SESSION_ID");
		gate.agent = agent_above(conf);
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
