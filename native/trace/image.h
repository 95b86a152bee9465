/* What the kernel sees in the first bytes of a file that is to be run: an ELF program, a script, or neither. */
#ifndef CARO_TRACE_IMAGE_H
#define CARO_TRACE_IMAGE_H

#include <stddef.h>
#include <stdint.h>

enum image_kind { IMAGE_BAD, IMAGE_STATIC, IMAGE_DYNAMIC, IMAGE_SCRIPT, IMAGE_OTHER };

struct image {
	enum image_kind kind;
	char interpreter[256]; /* of a dynamic program: its loader; of a script: its interpreter */
};

/* `head` holds the first `size` bytes, at most IMAGE_HEAD; `fd` is read where program headers lie further on. */
#define IMAGE_HEAD 1024u
void image_parse(const unsigned char *head, size_t size, int fd, struct image *out);

#endif
