#include "lib/process/spawn_wait.h"

#include "lib/process/next_signal.h"
#include "lib/process/spawn_child.h"
#include "lib/base/system.h"

#include <errno.h>
#include <sys/wait.h>
#include <unistd.h>

/* Every signal is blocked from before fork until this process ends, and taken one by one while it waits. So there is
 * no moment at which a signal is lost or arrives half-way, and no handler that the child could inherit. */

struct waiter {
	pid_t child;
	bool session_leader;
};

/* The terminal sends these to the whole foreground group, so the child has had its own already: passing them on
 * would be ^C twice. Sent by a process to our pid they are meant for the program, and the child has had nothing. */
static bool child_has_it(const struct waiter *waiter, int number, const siginfo_t *info)
{
	switch (number) {
	case SIGHUP: /* a hang-up goes to the session's leader alone */
		if (waiter->session_leader)
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
static bool sent_by_child(const struct waiter *waiter, const siginfo_t *info)
{
#ifdef SI_TKILL
	bool by_process = info->si_code == SI_USER || info->si_code == SI_TKILL || info->si_code == SI_QUEUE;
#else
	bool by_process = info->si_code == SI_USER;
#endif
	return by_process && info->si_pid == waiter->child;
}

static void pass_on(const struct waiter *waiter, int number, const siginfo_t *info)
{
	if (number != SIGCHLD && !child_has_it(waiter, number, info) && !sent_by_child(waiter, info))
		kill(waiter->child, number);
}

/* What the terminal sent while the child was being made has reached this process alone, or the child where it could not
 * act on it. One that has just been started has no handlers yet: for it, twice is once. */
static void pass_on_early(pid_t child)
{
	static const int numbers[] = {SIGINT, SIGQUIT, SIGTSTP};
	for (unsigned i = 0; i < sizeof numbers / sizeof *numbers; i++)
		if (take_signal(numbers[i]))
			kill(child, numbers[i]);
}

static void block_signals(struct spawn *spawn)
{
	struct sigaction old;
	hold_signals(&spawn->inherited_mask);
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
	release_signals(&spawn->inherited_mask);
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
	spawn->started = read_clock(CLOCK_MONOTONIC);
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
	struct timespec now = read_clock(CLOCK_MONOTONIC);
	return (int64_t)(now.tv_sec - start->tv_sec) * 1000000 + (now.tv_nsec - start->tv_nsec) / 1000;
}

/* Stops this process with `number`; true where it was stopped. In an orphaned process group the kernel drops
 * TSTP, TTIN and TTOU: then there is no shell to tell, and the child is left as it is. */
static bool stop_self(int number)
{
	struct sigaction saved, by_default = {.sa_handler = SIG_DFL};
	sigset_t mask;
	take_signal(SIGCONT);
	sigaction(number, &by_default, &saved);
	kill(getpid(), number);
	release_signal(number); /* stops here */
	hold_signals(&mask);
	sigaction(number, &saved, NULL);
	return take_signal(SIGCONT);
}

/* A shell's `fg` continues the whole group, the child too. Sending SIGCONT to a child that was continued and has
 * been stopped again meanwhile (^Z right after `fg`) would undo that stop: so ask first what became of it. */
static bool follow_stop(const struct waiter *waiter, int *status)
{
	for (;;) {
		if (!stop_self(WSTOPSIG(*status)))
			return false;
		pid_t changed = waitpid(waiter->child, status, WNOHANG | WUNTRACED | WCONTINUED);
		if (changed == 0)
			kill(waiter->child, SIGCONT);
		if (changed <= 0 || WIFCONTINUED(*status))
			return false;
		if (!WIFSTOPPED(*status))
			return true;
	}
}

/* Looks at the child without waiting; true: it ended, with `*status`. */
static bool child_ended(const struct waiter *waiter, int *status)
{
	pid_t changed = waitpid(waiter->child, status, WNOHANG | WUNTRACED);
	if (changed < 0 && errno != EINTR) {
		*status = 0; /* no such child: can't happen, and must not become an endless loop */
		return true;
	}
	if (changed <= 0)
		return false;
	return WIFSTOPPED(*status) ? follow_stop(waiter, status) : true;
}

static struct timespec time_until_second(const struct timespec *started)
{
	int64_t left = 1000000 - microseconds_since(started);
	if (left < 0)
		left = 0;
	return (struct timespec){left / 1000000, left % 1000000 * 1000};
}

static int wait_status(const struct waiter *waiter, const struct spawn *spawn, const struct watch *watch)
{
	int status;
	bool second_to_come = watch->after_second != NULL;
	while (!child_ended(waiter, &status)) {
		siginfo_t info;
		struct timespec left = time_until_second(&spawn->started);
		int number = next_signal(&info, second_to_come ? &left : NULL);
		if (number) {
			pass_on(waiter, number, &info);
		} else if (second_to_come && microseconds_since(&spawn->started) >= 1000000) {
			second_to_come = false;
			watch->after_second(watch->context);
		}
	}
	return status;
}

struct outcome wait_child(const struct spawn *spawn, const struct watch *watch)
{
	static const struct watch nothing;
	struct waiter waiter = {spawn->pid, getsid(0) == getpid()};
	watch = watch ? watch : &nothing;
	prepare_signals();
	pass_on_early(waiter.child);
	if (watch->meanwhile)
		watch->meanwhile(watch->context);
	int status = wait_status(&waiter, spawn, watch);
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
		forbid_core();
		signal(outcome.signal, SIG_DFL);
		kill(getpid(), outcome.signal);
		release_signal(outcome.signal);
		_exit(128 + outcome.signal);
	}
	_exit(outcome.exit_code);
}
