#include "lib/redact/redact_table.h"

/* A program that is not held to a size has the whole table (hook/whole_redact_table.c), which takes the place of this. */
__attribute__((weak)) char redact_table[TABLE_SIZE];

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
	char *to = redact_table;
	if (*redact_table)
		return;
	for (size_t i = 0; i < packed_size; i++)
		to = unpack_byte(to, packed_table[i]);
}
