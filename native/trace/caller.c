#ifdef __linux__
#include "trace/caller.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/uio.h>

/* The caller's memory is read in whole blocks that are kept until the next caller: path, pointers and strings of an
 * exec mostly share two or three. A block never crosses a page, whatever the page size, so a read that starts inside
 * a mapped page can't fail half way. */
#define BLOCK 4096u
#define BLOCKS 16u
#define EXPECTED_MAX 8u
#define SMALL_ARGS 32768u
#define ARGS_LIMIT_MIN 131072u /* ARG_MAX: what is allowed whatever the limit of the stack */

static struct {
	pid_t tid;
	unsigned next;
	uint64_t base[BLOCKS];
	bool filled[BLOCKS];
	char data[BLOCKS][BLOCK];
} cache;

void caller_begin(pid_t tid)
{
	cache.tid = tid;
	cache.next = 0;
	memset(cache.filled, 0, sizeof cache.filled);
}

static const char *kept_block(uint64_t base)
{
	for (unsigned i = 0; i < BLOCKS; i++)
		if (cache.filled[i] && cache.base[i] == base)
			return cache.data[i];
	return NULL;
}

/* The kernel stops at the first block that it can't read: those before it are good. */
void caller_expect(const uint64_t *addresses, size_t count)
{
	struct iovec local[EXPECTED_MAX], remote[EXPECTED_MAX];
	unsigned slots[EXPECTED_MAX], wanted = 0;
	for (size_t i = 0; i < count && wanted < EXPECTED_MAX; i++) {
		uint64_t base = addresses[i] - addresses[i] % BLOCK;
		bool known = addresses[i] == 0 || kept_block(base) != NULL;
		for (unsigned j = 0; j < wanted; j++)
			known = known || (uint64_t)(uintptr_t)remote[j].iov_base == base;
		if (known)
			continue;
		slots[wanted] = (cache.next + wanted) % BLOCKS;
		cache.filled[slots[wanted]] = false;
		local[wanted] = (struct iovec){cache.data[slots[wanted]], BLOCK};
		remote[wanted++] = (struct iovec){(void *)(uintptr_t)base, BLOCK};
	}
	ssize_t got = wanted ? process_vm_readv(cache.tid, local, wanted, remote, wanted, 0) : 0;
	for (unsigned j = 0; got >= (ssize_t)BLOCK; j++, got -= BLOCK) {
		cache.base[slots[j]] = (uint64_t)(uintptr_t)remote[j].iov_base;
		cache.filled[slots[j]] = true;
	}
	cache.next += wanted;
}

static const char *block_at(uint64_t base)
{
	const char *kept = kept_block(base);
	if (kept)
		return kept;
	unsigned slot = cache.next++ % BLOCKS;
	struct iovec local = {cache.data[slot], BLOCK};
	struct iovec remote = {(void *)(uintptr_t)base, BLOCK};
	cache.filled[slot] = false;
	ssize_t got = process_vm_readv(cache.tid, &local, 1, &remote, 1, 0);
	if (got != (ssize_t)BLOCK) {
		if (got >= 0)
			errno = EFAULT;
		return NULL;
	}
	cache.base[slot] = base;
	cache.filled[slot] = true;
	return cache.data[slot];
}

static int copy_in(uint64_t address, void *out, size_t size)
{
	for (size_t done = 0; done < size;) {
		uint64_t at = address + done;
		size_t offset = at % BLOCK, part = BLOCK - offset;
		const char *block = block_at(at - offset);
		if (block == NULL)
			return -1;
		if (part > size - done)
			part = size - done;
		memcpy((char *)out + done, block + offset, part);
		done += part;
	}
	return 0;
}

ssize_t caller_string(uint64_t address, char *out, size_t room)
{
	for (size_t done = 0; done < room;) {
		uint64_t at = address + done;
		size_t offset = at % BLOCK, part = BLOCK - offset;
		const char *block = block_at(at - offset);
		if (block == NULL)
			return -1;
		if (part > room - done)
			part = room - done;
		const char *end = memchr(block + offset, 0, part);
		size_t take = end != NULL ? (size_t)(end - (block + offset)) + 1 : part;
		memcpy(out + done, block + offset, take);
		if (end != NULL)
			return (ssize_t)(done + take - 1);
		done += part;
	}
	errno = ENAMETOOLONG;
	return -1;
}

static int make_room(struct strings *out, size_t size)
{
	if (out->room - out->bytes >= size)
		return 0;
	size_t room = out->room != 0 ? out->room * 2 : 16384;
	while (room - out->bytes < size)
		room *= 2;
	char *data = realloc(out->data, room);
	if (data == NULL)
		return -1;
	out->data = data;
	out->room = room;
	return 0;
}

static int append_string(uint64_t address, struct strings *out)
{
	for (size_t length = 0;;) {
		uint64_t at = address + length;
		size_t offset = at % BLOCK, part = BLOCK - offset;
		const char *block = block_at(at - offset);
		if (block == NULL)
			return -1;
		const char *end = memchr(block + offset, 0, part);
		size_t take = end != NULL ? (size_t)(end - (block + offset)) + 1 : part;
		if ((length += take) > CALLER_STRING_MAX || out->bytes + take > CALLER_ARGS_MAX) {
			errno = E2BIG;
			return -1;
		}
		if (make_room(out, take) != 0)
			return -1;
		memcpy(out->data + out->bytes, block + offset, take);
		out->bytes += take;
		if (end != NULL)
			return 0;
	}
}

static void expect_strings(uint64_t address, size_t width)
{
	uint64_t pointers[EXPECTED_MAX] = {0};
	size_t count = 0;
	while (count < EXPECTED_MAX && copy_in(address + count * width, &pointers[count], width) == 0 &&
	       pointers[count])
		count++;
	caller_expect(pointers, count);
}

int caller_strings(uint64_t address, bool narrow, struct strings *out)
{
	size_t width = narrow ? 4 : 8;
	out->bytes = out->count = 0;
	if (address == 0)
		return make_room(out, 1);
	expect_strings(address, width);
	for (;; address += width) {
		uint64_t pointer = 0; /* little-endian: the low half of a narrow one is the whole */
		if (copy_in(address, &pointer, width) != 0)
			return -1;
		if (pointer == 0)
			return make_room(out, 1);
		if ((out->count + 1) * width + out->bytes > CALLER_ARGS_MAX) {
			errno = E2BIG;
			return -1;
		}
		if (append_string(pointer, out) != 0)
			return -1;
		out->count++;
	}
}

/* The length of the string with its NUL; 0: not mapped. */
static size_t string_size(uint64_t address)
{
	for (size_t size = 0; size <= CALLER_STRING_MAX;) {
		size_t offset = (address + size) % BLOCK, part = BLOCK - offset;
		const char *block = block_at(address + size - offset);
		const char *end = block ? memchr(block + offset, 0, part) : NULL;
		if (!block)
			return 0;
		if (end)
			return size + (size_t)(end - (block + offset)) + 1;
		size += part;
	}
	return CALLER_STRING_MAX + 1;
}

/* bprm_stack_limits of fs/exec.c: a quarter of the stack's limit, within these bounds. */
static size_t args_limit(pid_t pid)
{
	struct rlimit stack;
	if (prlimit(pid, RLIMIT_STACK, NULL, &stack) != 0 && getrlimit(RLIMIT_STACK, &stack) != 0)
		return CALLER_ARGS_MAX;
	size_t limit = stack.rlim_cur == RLIM_INFINITY ? CALLER_ARGS_MAX : (size_t)stack.rlim_cur / 4;
	if (limit > CALLER_ARGS_MAX)
		limit = CALLER_ARGS_MAX;
	return limit < ARGS_LIMIT_MIN ? ARGS_LIMIT_MIN : limit;
}

/* A shell hands the same strings to all that it starts: what was measured once need not be again. */
static bool *known_to_fit(uint64_t hash)
{
	static uint64_t hashes[256];
	static bool fits[256];
	if (hashes[hash % 256] != hash) {
		hashes[hash % 256] = hash;
		fits[hash % 256] = false;
	}
	return &fits[hash % 256];
}

static int measure_env(uint64_t address, size_t width, size_t count, size_t used)
{
	size_t limit = args_limit(cache.tid);
	for (size_t i = 0; i < count; i++) {
		uint64_t pointer = 0;
		if (copy_in(address + i * width, &pointer, width) != 0)
			return EFAULT;
		size_t size = string_size(pointer);
		if (size == 0)
			return EFAULT;
		if (size > CALLER_STRING_MAX || (used += size) > limit)
			return E2BIG;
	}
	return 0;
}

/* Mostly all strings lie close together: then the pointers alone tell that they are not too much. */
int caller_env_fits(uint64_t address, bool narrow, const struct strings *argv)
{
	size_t width = narrow ? 4 : 8, count = 0;
	uint64_t lowest = UINT64_MAX, highest = 0, hash = 0xcbf29ce484222325u;
	for (;; count++) {
		uint64_t pointer = 0;
		if (address == 0)
			break;
		if (copy_in(address + count * width, &pointer, width) != 0)
			return EFAULT;
		if (pointer == 0)
			break;
		hash = (hash ^ pointer) * 0x100000001b3u;
		lowest = pointer < lowest ? pointer : lowest;
		highest = pointer > highest ? pointer : highest;
		if (count * width > CALLER_ARGS_MAX)
			return E2BIG;
	}
	size_t used = argv->bytes + (argv->count + count + 1) * width;
	size_t last = count ? string_size(highest) : 0;
	if (count && last == 0)
		return EFAULT;
	bool spread = count && (highest - lowest > ARGS_LIMIT_MIN ||
				used + (highest - lowest) + last > ARGS_LIMIT_MIN - PATH_MAX);
	if (spread && used <= SMALL_ARGS) {
		bool *fits = known_to_fit(hash);
		*fits = *fits || measure_env(address, width, count, SMALL_ARGS) == 0;
		return *fits ? 0 : measure_env(address, width, count, used);
	}
	if (spread)
		return measure_env(address, width, count, used);
	return count == 0 && used > ARGS_LIMIT_MIN && used > args_limit(cache.tid) ? E2BIG : 0;
}

void strings_shrink(struct strings *strings)
{
	if (strings->room <= 262144)
		return;
	free(strings->data);
	*strings = (struct strings){0};
}
#else
typedef int not_on_this_system;
#endif
