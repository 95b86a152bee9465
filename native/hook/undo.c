#include "hook/undo.h"

#include "lib/gate/reply.h"
#include "lib/gate/terminal.h"
#include "lib/process/find_caro.h"
#include "lib/wire/wire.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Exit statuses of `caro undo --keep` (src/caro/cli/undo.py). */
#define NOTHING_KEPT 3
#define INTERRUPTED (128 + SIGINT)

static const int from_keys[] = {SIGINT, SIGQUIT, SIGTSTP};
enum { KEYS = sizeof from_keys / sizeof *from_keys };

/* True if the daemon alone asks or warns: a rule of the user's or the built-in table, which it may not know, keeps its
   say. */
static bool is_of_daemon(const struct verdict *verdict, const char *reply)
{
	struct verdict daemons;
	read_verdict(reply, &daemons);
	return (verdict->action == ACTION_CONFIRM || verdict->action == ACTION_WARN) &&
	       daemons.action == verdict->action && !verdict->final && !daemons.partial &&
	       !strcmp(verdict->rule, daemons.rule);
}

static _Noreturn void become_keeper(const char *program, bool interpreter, const int plan[2])
{
	sigset_t none;
	int terminal = open_terminal();
	dup2(plan[0], STDIN_FILENO);
	dup2(terminal, STDOUT_FILENO);
	dup2(terminal, STDERR_FILENO);
	/* bash's PS0 subshell waits for the end of our output. */
	for (int fd = 3; fd < 1024; fd++)
		close(fd);
	for (int i = 0; i < KEYS; i++)
		signal(from_keys[i], SIG_DFL);
	signal(SIGTSTP, SIG_IGN);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (interpreter)
		execl(program, program, "-P", "-m", "caro", "undo", "--keep", (char *)NULL);
	else
		execl(program, "caro", "undo", "--keep", (char *)NULL);
	_exit(NOTHING_KEPT);
}

static void hand_over(int fd, struct bytes plan)
{
	size_t done = 0;
	while (done < plan.length) {
		ssize_t count = write(fd, plan.data + done, plan.length - done);
		if (count < 0 && errno != EINTR)
			break;
		done += count > 0 ? (size_t)count : 0;
	}
	close(fd);
}

static int run_keeper(const char *program, bool interpreter, struct bytes plan)
{
	int ends[2], status = 0;
	if (pipe(ends) != 0)
		return NOTHING_KEPT;
	pid_t child = fork();
	if (child < 0) {
		close(ends[0]);
		close(ends[1]);
		return NOTHING_KEPT;
	}
	if (child == 0) {
		close(ends[1]);
		become_keeper(program, interpreter, ends);
	}
	close(ends[0]);
	hand_over(ends[1], plan);
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* The keeper hears ctrl-c itself and puts everything back; this process waits for that. */
static int run_keeper_alone(const char *program, bool interpreter, struct bytes plan)
{
	struct sigaction pass = {.sa_handler = SIG_IGN}, before[KEYS], pipe_before;
	sigemptyset(&pass.sa_mask);
	for (int i = 0; i < KEYS; i++)
		sigaction(from_keys[i], &pass, &before[i]);
	sigaction(SIGPIPE, &pass, &pipe_before);
	int status = run_keeper(program, interpreter, plan);
	for (int i = 0; i < KEYS; i++)
		sigaction(from_keys[i], &before[i], NULL);
	sigaction(SIGPIPE, &pipe_before, NULL);
	return status;
}

enum kept keep_for_undo(struct verdict *verdict, const char *reply)
{
	char program[4096];
	bool interpreter;
	struct bytes plan = reply ? wire_value(reply, "undo") : (struct bytes){0};
	if (!plan.data || !plan.length || plan.data[0] != '{' || !is_of_daemon(verdict, reply))
		return KEPT_NOT;
	int status = NOTHING_KEPT;
	if (find_caro(program, sizeof program, &interpreter))
		status = run_keeper_alone(program, interpreter, plan);
	if (status == 0)
		return KEPT_ALL;
	/* What broke (a full disk, a git that fails) was said: with that said, the question stands. */
	if (status != INTERRUPTED && status >= 0) {
		verdict->action = ACTION_CONFIRM;
		return KEPT_NOT;
	}
	tell(open_terminal(), "not run", "");
	return KEPT_FAILED;
}
