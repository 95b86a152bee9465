/* sigtimedwait: a blocked signal waits in the kernel whatever its disposition is, so no handler is needed. */
#ifdef __linux__
#include "next_signal.h"

void prepare_signals(void)
{
}

static int take(const sigset_t *set, siginfo_t *info, const struct timespec *timeout)
{
	int number = timeout ? sigtimedwait(set, info, timeout) : sigwaitinfo(set, info);
	return number > 0 ? number : 0;
}

int next_signal(siginfo_t *info, const struct timespec *timeout)
{
	sigset_t all;
	sigfillset(&all);
	return take(&all, info, timeout);
}

bool take_signal(int number)
{
	static const struct timespec at_once;
	siginfo_t info;
	sigset_t one;
	sigemptyset(&one);
	sigaddset(&one, number);
	return take(&one, &info, &at_once) == number;
}
#else
typedef int not_on_this_system;
#endif
