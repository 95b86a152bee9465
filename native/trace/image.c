#ifdef __linux__
#include "trace/image.h"

#include <dirent.h>
#include <elf.h>
#include <string.h>
#include <unistd.h>

#define SCRIPT_LINE 256u /* BINPRM_BUF_SIZE */

/* As load_script does: the name must end within the 256 bytes that the kernel looks at. */
static void parse_script(const unsigned char *head, size_t size, struct image *out)
{
	size_t limit = size < SCRIPT_LINE ? size : SCRIPT_LINE, start = 2, end;
	while (start < limit && (head[start] == ' ' || head[start] == '\t'))
		start++;
	for (end = start; end < limit; end++)
		if (head[end] == ' ' || head[end] == '\t' || head[end] == '\n' || head[end] == '\0')
			break;
	if (end == start || end - start >= sizeof out->interpreter || (end == limit && limit == SCRIPT_LINE))
		return;
	memcpy(out->interpreter, head + start, end - start);
	out->interpreter[end - start] = '\0';
	out->kind = IMAGE_SCRIPT;
}

struct segment {
	uint32_t type;
	uint64_t offset, size;
};

static int read_at(const unsigned char *head, size_t size, int fd, uint64_t offset, void *out, size_t want)
{
	if (offset <= size && want <= size - offset) {
		memcpy(out, head + offset, want);
		return 0;
	}
	return fd >= 0 && pread(fd, out, want, (off_t)offset) == (ssize_t)want ? 0 : -1;
}

static int read_segment(const unsigned char *head, size_t size, int fd, const Elf64_Ehdr *wide,
			const Elf32_Ehdr *narrow, unsigned index, struct segment *out)
{
	if (wide != NULL) {
		Elf64_Phdr phdr;
		if (read_at(head, size, fd, wide->e_phoff + (uint64_t)index * sizeof phdr, &phdr, sizeof phdr) != 0)
			return -1;
		*out = (struct segment){phdr.p_type, phdr.p_offset, phdr.p_filesz};
		return 0;
	}
	Elf32_Phdr phdr;
	if (read_at(head, size, fd, narrow->e_phoff + (uint64_t)index * sizeof phdr, &phdr, sizeof phdr) != 0)
		return -1;
	*out = (struct segment){phdr.p_type, phdr.p_offset, phdr.p_filesz};
	return 0;
}

static int known_machine(unsigned machine, int wide)
{
#if defined(__x86_64__)
	return machine == EM_X86_64 || (!wide && (machine == EM_386 || machine == 6 /* EM_486 */));
#elif defined(__aarch64__)
	return wide ? machine == EM_AARCH64 : machine == EM_ARM;
#else
	(void)wide;
	return machine != 0;
#endif
}

static void parse_elf(const unsigned char *head, size_t size, int fd, struct image *out)
{
	Elf64_Ehdr wide;
	Elf32_Ehdr narrow;
	int is_wide = head[EI_CLASS] == ELFCLASS64;
	if (size < (is_wide ? sizeof wide : sizeof narrow))
		return;
	memcpy(&wide, head, is_wide ? sizeof wide : 0);
	memcpy(&narrow, head, is_wide ? 0 : sizeof narrow);
	unsigned type = is_wide ? wide.e_type : narrow.e_type, count = is_wide ? wide.e_phnum : narrow.e_phnum;
	unsigned entry = is_wide ? wide.e_phentsize : narrow.e_phentsize;
	if ((type != ET_EXEC && type != ET_DYN) || !known_machine(is_wide ? wide.e_machine : narrow.e_machine, is_wide))
		return;
	if (entry != (is_wide ? sizeof(Elf64_Phdr) : sizeof(Elf32_Phdr)) || count == 0 || count * entry > 65536)
		return;
	for (unsigned i = 0; i < count; i++) {
		struct segment segment;
		if (read_segment(head, size, fd, is_wide ? &wide : NULL, &narrow, i, &segment) != 0)
			return;
		if (segment.type != PT_INTERP)
			continue;
		if (segment.size < 2 || segment.size > sizeof out->interpreter ||
		    read_at(head, size, fd, segment.offset, out->interpreter, segment.size) != 0 ||
		    out->interpreter[segment.size - 1] != '\0')
			return;
		out->kind = IMAGE_DYNAMIC;
		return;
	}
	out->kind = IMAGE_STATIC;
}

/* binfmt_misc hands unknown files to registered interpreters (qemu, wine, java): with any of them registered we can't
 * call such a file refused. */
static int misc_formats(void)
{
	DIR *dir = opendir("/proc/sys/fs/binfmt_misc");
	int found = 0;
	if (dir == NULL)
		return 0;
	for (struct dirent *entry; (entry = readdir(dir)) != NULL;)
		if (entry->d_name[0] != '.' && strcmp(entry->d_name, "register") != 0 &&
		    strcmp(entry->d_name, "status") != 0)
			found = 1;
	closedir(dir);
	return found;
}

void image_parse(const unsigned char *head, size_t size, int fd, struct image *out)
{
	*out = (struct image){.kind = IMAGE_BAD};
	if (size >= 2 && head[0] == '#' && head[1] == '!')
		parse_script(head, size, out);
	else if (size >= SELFMAG && memcmp(head, ELFMAG, SELFMAG) == 0 && size > EI_CLASS)
		parse_elf(head, size, fd, out);
	if (out->kind == IMAGE_BAD && misc_formats())
		out->kind = IMAGE_OTHER;
}
#else
typedef int not_on_this_system;
#endif
