/* What a shell writes to the collector of builtins. */
#include "xtrace/record.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct xtrace_record record;
	char *text = malloc(size + 1);
	memcpy(text, data, size);
	size_t length;
	for (size_t at = 0; (length = record_length(text + at, size - at)) > 0; at += length) {
		if (length > size - at)
			abort();
		if (record_read(text + at, length, &record))
			for (size_t i = 0; i < record.count; i++)
				if (record.words[i].data < text ||
				    record.words[i].data + record.words[i].length > text + size)
					abort();
	}
	free(text);
	return 0;
}
