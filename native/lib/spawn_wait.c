#include "spawn_wait.h"

#include "spawn_child.h"

#include <errno.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef NSIG
#define NSIG 65
#endif

/* Every signal is blocked from before fork until this process ends; they come in only while pselect waits. So there
 * is no moment at which a signal is lost or arrives half-way, and none at which the child could inherit a handler:
 * those are set after fork. */

static volatile sig_atomic_t child;
static volatile sig_atomic_t stopping, was_continued;
static bool session_leader;

/* The terminal sends these to the whole foreground group, so the child has had its own already: passing them on
 * would be ^C twice. Sent by a process to our pid they are meant for the program, and the child has had nothing. */
static bool child_has_it(int number, const siginfo_t *info)
{
	switch (number) {
	case SIGHUP: /* a hang-up goes to the session's leader alone */
		if (session_leader)
			return false;
		break;
	case SIGINT:
	case SIGQUIT:
	case SIGTSTP:
	case SIGTTIN:
	case SIGTTOU:
	case SIGWINCH:
	case SIGCONT:
		break;
	default:
		return false;
	}
#ifdef SI_KERNEL
	return info->si_code == SI_KERNEL;
#else
	return info->si_pid == 0;
#endif
}

/* `kill 0` in the child's own trap sends to the group, and so to itself and to us. */
static bool sent_by_child(const siginfo_t *info)
{
#ifdef SI_TKILL
	bool by_process = info->si_code == SI_USER || info->si_code == SI_TKILL || info->si_code == SI_QUEUE;
#else
	bool by_process = info->si_code == SI_USER;
#endif
	return by_process && info->si_pid == (pid_t)child;
}

static void pass_on(int number, siginfo_t *info, void *context)
{
	int saved = errno;
	(void)context;
	if (number == SIGCONT)
		was_continued = 1;
	bool own_affair = number == SIGCONT && stopping; /* follow_stop decides */
	if (!own_affair && !child_has_it(number, info) && !sent_by_child(info))
		kill((pid_t)child, number);
	errno = saved;
}

static void only_interrupt(int number)
{
	(void)number;
}

static void catch_signals(void)
{
	struct sigaction action = {.sa_sigaction = pass_on, .sa_flags = SA_SIGINFO};
	struct sigaction interrupt = {.sa_handler = only_interrupt};
	sigfillset(&action.sa_mask);
	for (int number = 1; number < NSIG; number++)
		if (number != SIGKILL && number != SIGSTOP && number != SIGCHLD)
			sigaction(number, &action, NULL);
	sigaction(SIGCHLD, &interrupt, NULL);
}

static void block_signals(struct spawn *spawn)
{
	sigset_t all;
	struct sigaction old;
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &spawn->inherited_mask);
	/* Ignored SIGCHLD would make the kernel reap the child and forget its status. */
	sigaction(SIGCHLD, NULL, &old);
	spawn->chld_ignored = old.sa_handler == SIG_IGN;
	if (spawn->chld_ignored)
		signal(SIGCHLD, SIG_DFL);
}

void restore_signals(const struct spawn *spawn)
{
	if (spawn->chld_ignored)
		signal(SIGCHLD, SIG_IGN);
	sigprocmask(SIG_SETMASK, &spawn->inherited_mask, NULL);
}

static void reap(pid_t pid)
{
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}

int spawn_child(struct spawn *spawn)
{
	spawn->error = 0;
	block_signals(spawn);
	clock_gettime(CLOCK_MONOTONIC, &spawn->started);
	errno = 0;
	fork_and_exec(spawn);
	if (spawn->pid <= 0) {
		int error = errno ? errno : EAGAIN;
		spawn->pid = 0;
		restore_signals(spawn);
		return error;
	}
	if (spawn->error) {
		reap(spawn->pid);
		restore_signals(spawn);
	}
	return spawn->error;
}

static int64_t microseconds_since(const struct timespec *start)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)(now.tv_sec - start->tv_sec) * 1000000 + (now.tv_nsec - start->tv_nsec) / 1000;
}

/* Stops this process with `number`; true where it was stopped. In an orphaned process group the kernel drops
 * TSTP, TTIN and TTOU: then there is no shell to tell, and the child is left as it is. */
static bool stop_self(int number)
{
	struct sigaction saved, by_default = {.sa_handler = SIG_DFL};
	sigset_t open, blocked;
	was_continued = 0;
	stopping = 1;
	sigaction(number, &by_default, &saved);
	raise(number);
	sigfillset(&open);
	sigdelset(&open, number);
	sigdelset(&open, SIGCONT);
	sigprocmask(SIG_SETMASK, &open, &blocked); /* stops here, and SIGCONT arrives here */
	sigprocmask(SIG_SETMASK, &blocked, NULL);
	sigaction(number, &saved, NULL);
	stopping = 0;
	return was_continued;
}

/* A shell's `fg` continues the whole group, the child too. Sending SIGCONT to a child that was continued and has
 * been stopped again meanwhile (^Z right after `fg`) would undo that stop: so ask first what became of it. */
static bool follow_stop(int *status)
{
	for (;;) {
		if (!stop_self(WSTOPSIG(*status)))
			return false;
		pid_t changed = waitpid((pid_t)child, status, WNOHANG | WUNTRACED | WCONTINUED);
		if (changed == 0)
			kill((pid_t)child, SIGCONT);
		if (changed <= 0 || WIFCONTINUED(*status))
			return false;
		if (!WIFSTOPPED(*status))
			return true;
	}
}

/* Looks at the child without waiting; true: it ended, with `*status`. */
static bool child_ended(int *status)
{
	pid_t changed = waitpid((pid_t)child, status, WNOHANG | WUNTRACED);
	if (changed < 0 && errno != EINTR) {
		*status = 0; /* no such child: can't happen, and must not become an endless loop */
		return true;
	}
	if (changed <= 0)
		return false;
	return WIFSTOPPED(*status) ? follow_stop(status) : true;
}

/* Sleeps until a signal or until a second after the start; true: that second is over. */
static bool sleep_until_second(const struct timespec *started, bool wait_for_second)
{
	sigset_t none;
	sigemptyset(&none);
	if (!wait_for_second) {
		pselect(0, NULL, NULL, NULL, NULL, &none);
		return false;
	}
	int64_t left = 1000000 - microseconds_since(started);
	if (left <= 0)
		return true;
	struct timespec timeout = {left / 1000000, left % 1000000 * 1000};
	return pselect(0, NULL, NULL, NULL, &timeout, &none) == 0;
}

struct outcome wait_child(const struct spawn *spawn, void (*still_running)(void *context), void *context)
{
	int status;
	bool waiting = still_running != NULL;
	child = spawn->pid;
	session_leader = getsid(0) == getpid();
	catch_signals();
	while (!child_ended(&status)) {
		if (sleep_until_second(&spawn->started, waiting)) {
			waiting = false;
			still_running(context);
		}
	}
	struct outcome outcome = {-1, 0, microseconds_since(&spawn->started)};
	if (WIFSIGNALED(status))
		outcome.signal = WTERMSIG(status);
	else
		outcome.exit_code = WEXITSTATUS(status);
	return outcome;
}

void end_like(struct outcome outcome)
{
	if (outcome.signal) {
		struct rlimit no_core = {0, 0};
		sigset_t only;
		setrlimit(RLIMIT_CORE, &no_core);
		signal(outcome.signal, SIG_DFL);
		sigemptyset(&only);
		sigaddset(&only, outcome.signal);
		raise(outcome.signal);
		sigprocmask(SIG_UNBLOCK, &only, NULL);
		_exit(128 + outcome.signal);
	}
	_exit(outcome.exit_code);
}
