/* The note that makes this program known as a shim (lib/shim_mark.h). */
#include "lib/process/shim_mark.h"

#include <stdint.h>

#ifdef __ELF__
#define SECTION ".note.caro"
#else
#define SECTION "__TEXT,__caro_note"
#endif

#define MARK MARK_HEAD MARK_TAIL

__attribute__((used, section(SECTION), aligned(4))) static const struct {
	uint32_t name_size, text_size, type;
	char name[8];
	char text[sizeof MARK];
} note = {8, sizeof MARK, 1, "caro", MARK};
