#include "lib/redact/redact_table.h"

#include <stdbool.h>

char redact_table[TABLE_SIZE];

/* Gives the place after what the byte stands for. */
static char *unpack_byte(char *to, unsigned char byte)
{
	while (byte >= TABLE_PAIR) {
		const unsigned char *pair = table_pairs[byte - TABLE_PAIR];
		to = unpack_byte(to, pair[0]);
		byte = pair[1];
	}
	*to = (char)(byte ? byte + TABLE_SHIFT : 0);
	return to + 1;
}

void unpack_table(void)
{
	static bool unpacked;
	char *to = redact_table;
	if (unpacked)
		return;
	unpacked = true;
	for (size_t i = 0; i < packed_size; i++)
		to = unpack_byte(to, packed_table[i]);
}
