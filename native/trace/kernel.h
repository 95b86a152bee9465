/* The few kernel constants and structs that the tracer needs, kept here because musl ships no linux/seccomp.h
 * and the headers of older distributions lack PIDFD_GET_INFO.
 * Sources: seccomp_unotify(2), linux/seccomp.h, linux/pidfd.h, linux/audit.h, linux/bpf_common.h. */
#ifndef CARO_TRACE_KERNEL_H
#define CARO_TRACE_KERNEL_H

#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SYS_seccomp
#if defined(__x86_64__)
#define SYS_seccomp 317
#else
#define SYS_seccomp 277
#endif
#endif
#ifndef SYS_pidfd_getfd
#define SYS_pidfd_getfd 438
#endif
#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif
#ifndef SYS_pidfd_send_signal
#define SYS_pidfd_send_signal 424
#endif
#ifndef SYS_openat2
#define SYS_openat2 437
#endif
#ifndef SYS_faccessat2
#define SYS_faccessat2 439
#endif

#define K_SECCOMP_SET_MODE_FILTER 1
#define K_SECCOMP_GET_NOTIF_SIZES 3
#define K_FILTER_FLAG_NEW_LISTENER (1u << 3)
#define K_FILTER_FLAG_WAIT_KILLABLE_RECV (1u << 5) /* Linux 5.19 */
#define K_RET_USER_NOTIF 0x7fc00000u
#define K_RET_ALLOW 0x7fff0000u
#define K_NOTIF_FLAG_CONTINUE 1u   /* Linux 5.5 */
#define K_NOTIF_FD_SYNC_WAKE_UP 1u /* Linux 6.6 */

struct k_seccomp_data {
	int32_t nr;
	uint32_t arch;
	uint64_t instruction_pointer;
	uint64_t args[6];
};

struct k_notif {
	uint64_t id;
	uint32_t pid;
	uint32_t flags;
	struct k_seccomp_data data;
};

struct k_notif_resp {
	uint64_t id;
	int64_t val;
	int32_t error;
	uint32_t flags;
};

struct k_notif_sizes {
	uint16_t notif;
	uint16_t resp;
	uint16_t data;
};

#define K_NOTIF_RECV _IOWR('!', 0, struct k_notif)
#define K_NOTIF_SEND _IOWR('!', 1, struct k_notif_resp)
#define K_NOTIF_ID_VALID _IOW('!', 2, uint64_t)
#define K_NOTIF_SET_FLAGS _IOW('!', 4, uint64_t)

struct k_sock_filter {
	uint16_t code;
	uint8_t jt;
	uint8_t jf;
	uint32_t k;
};

struct k_sock_fprog {
	unsigned short len;
	struct k_sock_filter *filter;
};

#define K_BPF_LD_W_ABS 0x20
#define K_BPF_JEQ_K 0x15
#define K_BPF_RET_K 0x06

#define K_AUDIT_ARCH_I386 0x40000003u
#define K_AUDIT_ARCH_X86_64 0xc000003eu
#define K_AUDIT_ARCH_ARM 0x40000028u
#define K_AUDIT_ARCH_AARCH64 0xc00000b7u
#define K_X32_BIT 0x40000000u

#define K_PIDFD_INFO_EXIT (1u << 3) /* Linux 6.15 */

struct k_pidfd_info {
	uint64_t mask;
	uint64_t cgroupid;
	uint32_t pid, tgid, ppid;
	uint32_t ruid, rgid, euid, egid, suid, sgid, fsuid, fsgid;
	int32_t exit_code; /* as wait(2) gives it */
};
#define K_PIDFD_GET_INFO _IOWR(0xff, 11, struct k_pidfd_info)

/* statx(2): musl before 1.2.4 has no wrapper. */
struct k_statx_time {
	int64_t sec;
	uint32_t nsec;
	int32_t unused;
};
struct k_statx {
	uint32_t mask, blksize;
	uint64_t attributes;
	uint32_t nlink, uid, gid;
	uint16_t mode, unused0;
	uint64_t ino, size, blocks, attributes_mask;
	struct k_statx_time atime, btime, ctime, mtime;
	uint32_t rdev_major, rdev_minor, dev_major, dev_minor;
	uint64_t mnt_id;
	uint64_t unused1[13];
};
#define K_STATX_BASIC 0x7ffu
#define K_STATX_MNT_ID 0x1000u /* Linux 5.8; the field stays 0 before */

struct k_open_how {
	uint64_t flags, mode, resolve;
};
#define K_RESOLVE_IN_ROOT 0x10u

/* The C libraries don't agree on the type of a request. */
static inline int k_ioctl(int fd, unsigned long request, void *argument)
{
	return (int)syscall(SYS_ioctl, fd, request, argument);
}

#endif
