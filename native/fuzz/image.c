/* The first bytes of a file that is to be run. */
#include "trace/image.c"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct image image;
	unsigned char *head = malloc(size + 1);
	memcpy(head, data, size);
	image_parse(head, size > IMAGE_HEAD ? IMAGE_HEAD : size, -1, &image);
	if (memchr(image.interpreter, 0, sizeof image.interpreter) == NULL)
		abort();
	free(head);
	return 0;
}
