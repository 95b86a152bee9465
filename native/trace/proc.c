#ifdef __linux__
#include "trace/proc.h"

#include "trace/caller.h"
#include "trace/kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

/* /proc gives such a file in pieces of a page or more: a smaller one is the last. */
#define PIECE 2048u

ssize_t proc_read(pid_t pid, const char *file, char *out, size_t room)
{
	char name[64];
	size_t length = 0;
	ssize_t got = 0;
	snprintf(name, sizeof name, "/proc/%d/%s", (int)pid, file);
	int fd = openat(AT_FDCWD, name, O_RDONLY | O_CLOEXEC); /* musl's open makes two calls for that flag */
	if (fd < 0)
		return -1;
	while (length < room) {
		got = read(fd, out + length, room - length);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			break;
		length += (size_t)got;
		if ((size_t)got < PIECE && length < room)
			break;
	}
	close(fd);
	return got < 0 && length == 0 ? -1 : (ssize_t)length;
}

/* The number after a label at the start of a line, `skip` numbers further on. */
static unsigned labelled(const char *text, const char *label, int skip)
{
	const char *at = strstr(text, label);
	unsigned value = 0;
	if (!at)
		return 0;
	at += strlen(label);
	for (int i = 0; i <= skip; i++) {
		char *end;
		value = (unsigned)strtoul(at, &end, 10);
		at = end;
	}
	return value;
}

static bool ids_in_status(pid_t tid, struct proc_ids *out)
{
	char text[4096];
	ssize_t length = proc_read(tid, "status", text, sizeof text - 1);
	*out = (struct proc_ids){.pid = tid};
	if (length <= 0)
		return false;
	text[length] = '\0';
	pid_t pid = (pid_t)labelled(text, "\nTgid:", 0);
	*out = (struct proc_ids){pid ? pid : tid, (pid_t)labelled(text, "\nPPid:", 0), labelled(text, "\nUid:", 1),
				 labelled(text, "\nGid:", 1)};
	return true;
}

/* Linux 6.13; not for a thread. A quarter of what reading /proc costs. */
static bool ids_by_pidfd(pid_t pid, struct proc_ids *out)
{
	struct k_pidfd_info info = {0};
	int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	bool known = pidfd >= 0 && k_ioctl(pidfd, K_PIDFD_GET_INFO, &info) == 0;
	if (pidfd >= 0)
		close(pidfd);
	if (known)
		*out = (struct proc_ids){(pid_t)info.tgid, (pid_t)info.ppid, info.euid, info.egid};
	return known;
}

bool proc_ids(pid_t tid, struct proc_ids *out)
{
	return ids_by_pidfd(tid, out) || ids_in_status(tid, out);
}

/* After the name, which may hold spaces and parentheses: " S 1 ...". NULL: it is gone. */
static const char *stat_fields(pid_t pid, char *text, size_t room)
{
	ssize_t length = proc_read(pid, "stat", text, room - 1);
	text[length > 0 ? length : 0] = '\0';
	const char *at = strrchr(text, ')');
	return at ? at + 1 : NULL;
}

static pid_t parent_in_stat(pid_t pid)
{
	char text[1024];
	const char *at = stat_fields(pid, text, sizeof text);
	return at && strlen(at) > 3 ? (pid_t)strtol(at + 3, NULL, 10) : 0;
}

pid_t proc_parent(pid_t pid)
{
	struct proc_ids ids;
	return ids_by_pidfd(pid, &ids) ? ids.ppid : parent_in_stat(pid);
}

int proc_zombie_status(pid_t pid)
{
	char text[1024];
	const char *at = stat_fields(pid, text, sizeof text);
	const char *last = at ? strrchr(at, ' ') : NULL; /* exit_code is the last field, proc(5) */
	return last && strncmp(at, " Z", 2) == 0 ? atoi(last + 1) : -1;
}

static bool read_strings(pid_t pid, const char *file, struct strings *out)
{
	for (size_t room = 65536;; room *= 4) {
		char *data = realloc(out->data, room);
		if (!data)
			return false;
		out->data = data;
		out->room = room;
		ssize_t length = proc_read(pid, file, out->data, room - 1);
		if (length < 0)
			return false;
		out->bytes = (size_t)length;
		if (out->bytes < room - 1 || room > CALLER_ARGS_MAX)
			break;
	}
	out->data[out->bytes] = '\0';
	out->count = 0;
	for (size_t i = 0; i < out->bytes; i++)
		out->count += out->data[i] == '\0';
	return true;
}

bool proc_argv(pid_t pid, struct strings *out)
{
	return read_strings(pid, "cmdline", out);
}

int proc_environ(struct strings *out)
{
	return read_strings(getpid(), "environ", out) ? 0 : -1;
}

bool is_terminal(const struct stat *file)
{
	unsigned number = major(file->st_rdev); /* 136 to 143 pts, 4 tty and ttyS, 5 tty and console */
	return S_ISCHR(file->st_mode) && ((number >= 136 && number <= 143) || number == 4 || number == 5);
}
#else
typedef int not_on_this_system;
#endif
