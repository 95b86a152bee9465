#ifdef __linux__
#include "xtrace/memory_file.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SYS_close_range
#define SYS_close_range 436
#endif
#define IDLE_MS 2000
#define IDLE_MAX_MS 30000
#define GATHER_MS 10
#define PAGE 4096

static int changes = -1;

bool memory_file_open(void)
{
	int fd = (int)syscall(SYS_memfd_create, "caro-xtrace", 0u);
	if (fd >= 0 && fd != MEMORY_FILE) {
		dup2(fd, MEMORY_FILE);
		close(fd);
	}
	changes = inotify_init1(IN_NONBLOCK);
	if (fd < 0 || changes < 0 || fchmod(MEMORY_FILE, 0600) != 0)
		return false;
	if (changes == MEMORY_FILE || inotify_add_watch(changes, "/proc/self/fd/3", IN_MODIFY) < 0)
		return false;
	if (changes != MEMORY_FILE + 1) {
		dup2(changes, MEMORY_FILE + 1);
		close(changes);
		changes = MEMORY_FILE + 1;
	}
	return true;
}

void memory_file_detach(void)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	setsid();
	for (int number = 1; number < 32; number++)
		signal(number, SIG_DFL);
	for (int fd = 0; fd <= 2; fd++)
		dup2(null, fd);
	syscall(SYS_close_range, (unsigned)changes + 1, ~0u, 0u);
}

void memory_file_forget(off_t from, off_t to)
{
	from -= from % PAGE;
	to -= to % PAGE;
	if (to > from)
		(void)fallocate(MEMORY_FILE, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, from, to - from);
}

static bool has_open(const char *pid, const struct stat *own)
{
	char name[300];
	struct stat other;
	bool found = false;
	snprintf(name, sizeof name, "/proc/%s/fd", pid);
	DIR *fds = opendir(name);
	for (struct dirent *fd; fds && !found && (fd = readdir(fds));) {
		snprintf(name, sizeof name, "/proc/%s/fd/%s", pid, fd->d_name);
		found = fd->d_name[0] != '.' && stat(name, &other) == 0 && other.st_ino == own->st_ino &&
			other.st_dev == own->st_dev;
	}
	if (fds)
		closedir(fds);
	return found;
}

/* A memfd has no hang-up: who has it open is seen in /proc alone. */
static bool is_in_use(void)
{
	struct stat own;
	bool used = false;
	int self = (int)getpid();
	DIR *processes = opendir("/proc");
	if (!processes || fstat(MEMORY_FILE, &own) != 0)
		return false;
	for (struct dirent *entry; !used && (entry = readdir(processes));)
		used = entry->d_name[0] >= '0' && entry->d_name[0] <= '9' && atoi(entry->d_name) != self &&
		       has_open(entry->d_name, &own);
	closedir(processes);
	return used;
}

bool memory_file_wait(void)
{
	static int patience = IDLE_MS;
	struct pollfd poll_fd = {.fd = changes, .events = POLLIN};
	char events[4096];
	int ready = poll(&poll_fd, 1, patience);
	if (ready > 0) {
		patience = IDLE_MS;
		poll(NULL, 0, GATHER_MS); /* as long as an event waits here, those who write more wake nobody */
		while (read(changes, events, sizeof events) > 0)
			continue;
		return true;
	}
	patience = patience * 2 > IDLE_MAX_MS ? IDLE_MAX_MS : patience * 2;
	struct stat now;
	bool more = fstat(MEMORY_FILE, &now) == 0 && now.st_size > lseek(MEMORY_FILE, 0, SEEK_CUR);
	return more || is_in_use();
}
#else
typedef int not_on_this_system;
#endif
