/* Handlers and pselect, which alone lets signals in: where there is no sigtimedwait, or where a blocked signal whose
 * default is to be ignored (SIGCHLD, SIGCONT) does not stay pending without a handler. */
#ifndef __linux__
#include "lib/process/next_signal.h"

#include <sys/select.h>

#ifndef NSIG
#define NSIG 33
#endif

static siginfo_t infos[NSIG];
static volatile sig_atomic_t seen[NSIG];

static void note(int number, siginfo_t *info, void *context)
{
	(void)context;
	infos[number] = *info;
	seen[number] = 1;
}

void hold_signals(sigset_t *inherited)
{
	sigset_t all;
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, inherited);
}

void release_signals(const sigset_t *mask)
{
	sigprocmask(SIG_SETMASK, mask, NULL);
}

void release_signal(int number)
{
	sigset_t one;
	sigemptyset(&one);
	sigaddset(&one, number);
	sigprocmask(SIG_UNBLOCK, &one, NULL);
}

void prepare_signals(void)
{
	struct sigaction action = {.sa_sigaction = note, .sa_flags = SA_SIGINFO};
	sigfillset(&action.sa_mask);
	for (int number = 1; number < NSIG; number++)
		if (number != SIGKILL && number != SIGSTOP)
			sigaction(number, &action, NULL);
}

static int take_seen(siginfo_t *info)
{
	for (int number = 1; number < NSIG; number++) {
		if (!seen[number])
			continue;
		seen[number] = 0;
		*info = infos[number];
		return number;
	}
	return 0;
}

int next_signal(siginfo_t *info, const struct timespec *timeout)
{
	sigset_t none;
	int number = take_seen(info);
	if (number)
		return number;
	sigemptyset(&none);
	pselect(0, NULL, NULL, NULL, timeout, &none);
	return take_seen(info);
}

bool take_signal(int number)
{
	static const struct timespec at_once;
	sigset_t others;
	sigfillset(&others);
	sigdelset(&others, number);
	pselect(0, NULL, NULL, NULL, &at_once, &others);
	bool taken = seen[number];
	seen[number] = 0;
	return taken;
}
#else
typedef int not_on_this_system;
#endif
