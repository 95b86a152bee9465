#include "lib/process/argv0_table.h"

#include <stddef.h>
#include <string.h>

/* "*" at either end stands for anything. */
static const char *const patterns[] = {
	"cc",        "c++",         "cpp",   "cpp-*", "gcc",     "gcc-*",   "g++",     "g++-*",   "c89",    "c99",
	"*-cc",      "*-c++",       "*-cpp", "*-gcc", "*-g++",   "*-gcc-*", "*-g++-*", "*-cpp-*", "clang*", "*-clang*",
	"gfortran*", "*-gfortran*", "gnat*", "gdc*",  "gccgo*",  "gcov*",   "nvcc",    "icc",     "icpc",   "icx",
	"icpx",      "ifort",       "ifx",   "tcc",   "python*", "pypy*",   "pip*",
};

static bool matches(const char *pattern, const char *name)
{
	bool front = pattern[0] == '*';
	const char *word = pattern + front;
	size_t length = strlen(word), have = strlen(name);
	bool back = length && word[length - 1] == '*';
	length -= back;
	if (have < length)
		return false;
	if (!front)
		return !strncmp(name, word, length) && (back || have == length);
	if (!back)
		return !strcmp(name + have - length, word);
	for (size_t at = 0; at + length <= have; at++)
		if (!strncmp(name + at, word, length))
			return true;
	return false;
}

bool wants_resolved_argv0(const char *tool)
{
	for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++)
		if (matches(patterns[i], tool))
			return true;
	return false;
}
