/* Reads what a stopped caller passed to execve: its path, its arguments, its folder. */
#ifndef CARO_TRACE_CALLER_H
#define CARO_TRACE_CALLER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* The kernel refuses more than this for argv and envp together (3/4 of _STK_LIM, see execve(2)). */
#define CALLER_ARGS_MAX (6u << 20)
/* MAX_ARG_STRLEN: one string with its NUL. */
#define CALLER_STRING_MAX (32u * 4096)

/* Strings one after the other, each with its NUL. `data` is reused from call to call. */
struct strings {
	char *data;
	size_t bytes, room;
	size_t count;
};

/* Forgets the pages that were read of the caller before. */
void caller_begin(pid_t tid);
/* Reads what will be asked for in one go: a call costs more than a page. Addresses may be 0 or wrong. */
void caller_expect(const uint64_t *addresses, size_t count);
/* Read the string at `address`, with its NUL, at most `room` bytes. Returns its length, or -1 with errno: EFAULT not
 * mapped, EPERM not allowed to read, ENAMETOOLONG. */
ssize_t caller_string(uint64_t address, char *out, size_t room);
/* Read the NULL-terminated array of pointers at `address`. Returns 0, or -1 with errno as above; E2BIG where the kernel
 * would refuse it. A null `address` is an empty array, as Linux takes it. */
int caller_strings(uint64_t address, bool narrow, struct strings *out);
/* Tell whether the kernel has room for the environment at `address` beside `argv`; 0, or the errno. */
int caller_env_fits(uint64_t address, bool narrow, const struct strings *argv);
void strings_shrink(struct strings *strings);

#endif
