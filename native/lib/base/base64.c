#include "lib/base/base64.h"

static void add_group(struct buffer *to, const unsigned char *in, size_t length)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	unsigned bits = (unsigned)in[0] << 16;
	if (length > 1)
		bits |= (unsigned)in[1] << 8;
	if (length > 2)
		bits |= in[2];
	char out[4] = {digits[bits >> 18], digits[bits >> 12 & 63], '=', '='};
	if (length > 1)
		out[2] = digits[bits >> 6 & 63];
	if (length > 2)
		out[3] = digits[bits & 63];
	add_bytes(to, out, 4);
}

void add_base64(struct buffer *to, struct bytes data)
{
	const unsigned char *in = (const unsigned char *)data.data;
	for (size_t at = 0; at < data.length; at += 3)
		add_group(to, in + at, data.length - at < 3 ? data.length - at : 3);
}
