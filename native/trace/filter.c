#ifdef __linux__
#include "trace/filter.h"

#include <errno.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "trace/kernel.h"

struct traced_call {
	uint32_t arch;
	uint32_t nr;
	enum call_kind kind;
	bool narrow;
};

/* Grouped by architecture: the program tests each architecture once. */
static const struct traced_call CALLS[] = {
#if defined(__x86_64__)
	{K_AUDIT_ARCH_X86_64, 59, CALL_EXECVE, false},
	{K_AUDIT_ARCH_X86_64, 322, CALL_EXECVEAT, false},
	{K_AUDIT_ARCH_X86_64, 231, CALL_EXIT, false},
	{K_AUDIT_ARCH_X86_64, K_X32_BIT | 520, CALL_EXECVE, true},
	{K_AUDIT_ARCH_X86_64, K_X32_BIT | 545, CALL_EXECVEAT, true},
	{K_AUDIT_ARCH_X86_64, K_X32_BIT | 231, CALL_EXIT, true},
	{K_AUDIT_ARCH_I386, 11, CALL_EXECVE, true},
	{K_AUDIT_ARCH_I386, 358, CALL_EXECVEAT, true},
	{K_AUDIT_ARCH_I386, 252, CALL_EXIT, true},
#elif defined(__aarch64__)
	{K_AUDIT_ARCH_AARCH64, 221, CALL_EXECVE, false},
	{K_AUDIT_ARCH_AARCH64, 281, CALL_EXECVEAT, false},
	{K_AUDIT_ARCH_AARCH64, 94, CALL_EXIT, false},
	{K_AUDIT_ARCH_ARM, 11, CALL_EXECVE, true},
	{K_AUDIT_ARCH_ARM, 387, CALL_EXECVEAT, true},
	{K_AUDIT_ARCH_ARM, 248, CALL_EXIT, true},
#endif
	{0, 0, CALL_OTHER, false},
};

enum call_kind filter_call(uint32_t arch, int32_t nr, bool *narrow)
{
	for (const struct traced_call *call = CALLS; call->arch != 0; call++)
		if (call->arch == arch && call->nr == (uint32_t)nr) {
			*narrow = call->narrow;
			return call->kind;
		}
	return CALL_OTHER;
}

static struct k_sock_filter step(uint16_t code, uint32_t k, uint8_t jt, uint8_t jf)
{
	return (struct k_sock_filter){.code = code, .jt = jt, .jf = jf, .k = k};
}

/* One block an architecture: "not this one? skip the block; load the number; equal to one? report; else allow". */
static unsigned short build(struct k_sock_filter *program, bool with_exit)
{
	unsigned short n = 0;
	program[n++] = step(K_BPF_LD_W_ABS, offsetof(struct k_seccomp_data, arch), 0, 0);
	for (const struct traced_call *call = CALLS; call->arch != 0;) {
		uint32_t arch = call->arch;
		unsigned short head = n++;
		program[n++] = step(K_BPF_LD_W_ABS, offsetof(struct k_seccomp_data, nr), 0, 0);
		for (; call->arch == arch; call++) {
			if (call->kind == CALL_EXIT && !with_exit)
				continue;
			program[n++] = step(K_BPF_JEQ_K, call->nr, 0, 1);
			program[n++] = step(K_BPF_RET_K, K_RET_USER_NOTIF, 0, 0);
		}
		program[n++] = step(K_BPF_RET_K, K_RET_ALLOW, 0, 0);
		program[head] = step(K_BPF_JEQ_K, arch, 0, (uint8_t)(n - head - 1));
	}
	program[n++] = step(K_BPF_RET_K, K_RET_ALLOW, 0, 0);
	return n;
}

int filter_install(bool with_exit, bool no_new_privs)
{
	struct k_sock_filter program[64];
	struct k_sock_fprog fprog = {.filter = program};
	fprog.len = build(program, with_exit);
	if (no_new_privs && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return -1;
	/* With the killable wait a signal handler that lacks SA_RESTART can't turn a reported execve into EINTR, and a
     * caller that is stopped and continued is not reported twice. Kernels before 5.19 refuse the flag. */
	long fd = syscall(SYS_seccomp, K_SECCOMP_SET_MODE_FILTER,
			  K_FILTER_FLAG_NEW_LISTENER | K_FILTER_FLAG_WAIT_KILLABLE_RECV, &fprog);
	if (fd < 0 && errno == EINVAL)
		fd = syscall(SYS_seccomp, K_SECCOMP_SET_MODE_FILTER, K_FILTER_FLAG_NEW_LISTENER, &fprog);
	return (int)fd;
}
#else
typedef int not_on_this_system;
#endif
