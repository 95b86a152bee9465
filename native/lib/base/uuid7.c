#include "lib/base/uuid7.h"

#include "lib/base/buffer.h"

#include <stdint.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

/* Before the kernel's pool is filled (early boot) getentropy would block and getrandom refuses: an id must be
 * unique, not secret, so clock, pid and a counter do. */
static void fill_without_entropy(unsigned char out[10], const struct timespec *now)
{
	static uint64_t count;
	uint64_t mix = (uint64_t)now->tv_nsec << 32 ^ (uint64_t)getpid() ^ ++count << 20;
	for (int i = 0; i < 10; i++) {
		mix = mix * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
		out[i] = (unsigned char)(mix >> 56);
	}
}

static int fill_random(unsigned char out[10])
{
#ifdef GRND_NONBLOCK
	return getrandom(out, 10, GRND_NONBLOCK) == 10 ? 0 : -1;
#else
	return getentropy(out, 10);
#endif
}

void uuid7_at(const struct timespec *now, char out[UUID_TEXT])
{
	unsigned char raw[16];
	uint64_t ms = (uint64_t)now->tv_sec * 1000 + (uint64_t)now->tv_nsec / 1000000;
	for (int i = 0; i < 6; i++)
		raw[i] = (unsigned char)(ms >> (40 - 8 * i));
	if (fill_random(raw + 6) != 0)
		fill_without_entropy(raw + 6, now);
	raw[6] = (raw[6] & 0x0F) | 0x70;
	raw[8] = (raw[8] & 0x3F) | 0x80;
	struct buffer text = buffer_in(out, UUID_TEXT);
	for (int i = 0; i < 16; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			add_char(&text, '-');
		add_hex(&text, raw + i, 1);
	}
	end_text(&text);
}
