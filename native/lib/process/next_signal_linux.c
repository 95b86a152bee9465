/* sigtimedwait: a blocked signal waits in the kernel whatever its disposition is, so no handler is needed.
 *
 * Signal sets as the kernel has them: the C library keeps two or three real-time signals for itself and leaves them out
 * of what sigfillset and sigprocmask say. But they are not the same ones in every library, so what is musl's own may be
 * a program's SIGRTMIN. */
#ifdef __linux__
#include "lib/process/next_signal.h"

#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define KERNEL_SET_SIZE (_NSIG / 8)

static sigset_t every_signal(void)
{
	sigset_t all;
	memset(&all, 0xFF, sizeof all);
	return all;
}

static sigset_t one_signal(int number)
{
	sigset_t one;
	unsigned long word[sizeof one / sizeof(long)] = {0};
	const unsigned bits = 8 * sizeof(long), index = (unsigned)number - 1;
	word[index / bits] = 1UL << index % bits;
	memcpy(&one, word, sizeof one);
	return one;
}

void hold_signals(sigset_t *inherited)
{
	sigset_t all = every_signal();
	syscall(SYS_rt_sigprocmask, SIG_SETMASK, &all, inherited, KERNEL_SET_SIZE);
}

void release_signals(const sigset_t *mask)
{
	syscall(SYS_rt_sigprocmask, SIG_SETMASK, mask, NULL, KERNEL_SET_SIZE);
}

void release_signal(int number)
{
	sigset_t one = one_signal(number);
	syscall(SYS_rt_sigprocmask, SIG_UNBLOCK, &one, NULL, KERNEL_SET_SIZE);
}

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
	sigset_t all = every_signal();
	return take(&all, info, timeout);
}

bool take_signal(int number)
{
	static const struct timespec at_once;
	siginfo_t info;
	sigset_t one = one_signal(number);
	return take(&one, &info, &at_once) == number;
}
#else
typedef int not_on_this_system;
#endif
