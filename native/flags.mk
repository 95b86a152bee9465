# Flags of every compiler, one table: the Makefile here includes it, hatch_build.py reads it (NAME := WORDS, one a line).

FLAGS := -std=c11 -D_GNU_SOURCE -Os -ffunction-sections -fdata-sections -fno-asynchronous-unwind-tables

# musl-gcc. Without separate code and relro two segments fewer are mapped and one mprotect less is made at each start,
# 3 % of a shim's time, and there is 3 KiB less padding; a program linked to fixed addresses needs no code that could
# stand anywhere: 1 KiB of the shim. Where data and bss end within a page decides otherwise whether the linker fills up
# the page before them. All files compiled as one, and for size before speed, are 2 KiB less of the shim.
FLAGS_musl := -fno-pie -Oz -flto
LINK_musl := -Wl,--gc-sections -s -static -no-pie -Wl,-z,noseparate-code,-z,norelro,-z,common-page-size=64

# `zig cc` for Linux, against its own musl, which it compiles with what it is told here: unwind tables are 12 KiB of
# the shim, checks of undefined behaviour and of the stack a part of each function. It keeps frame pointers unless told
# not to (1 KiB), and takes -Oz for -Os, so that only its inner compiler hears of it (3 KiB).
FLAGS_zig := -fno-pie -fno-unwind-tables -fno-sanitize=all -fno-stack-protector -fomit-frame-pointer -Xclang -Oz
# The shim is held to 64 KiB: all files compiled as one, and calls of memcpy left as calls, are 2 KiB less of it; calls of
# strlen, switches without tables and loops as they are written a quarter more.
FLAGS_zig_caro-shim := -flto -fno-builtin-memcpy -fno-builtin-strlen -fno-jump-tables -fno-vectorize -fno-slp-vectorize
LINK_zig := -Wl,--gc-sections -s -static -no-pie

# Any other compiler, which somebody asked for by name: dynamic, since glibc's static programs start more slowly.
FLAGS_cc :=
LINK_cc := -Wl,--gc-sections -s

# `zig cc` for macOS, and a Mac's own compiler.
FLAGS_macos :=
LINK_macos := -Wl,-dead_strip

# A shared library that Python or bash loads, whatever C library that has: it is linked with none, and the process's own
# one gives it memcpy and the like. On a Mac that is always the same one.
FLAGS_library := -fPIC -fvisibility=default
# It has one name for others, and is for speed: a million lines go through it.
FLAGS_library_libcaro-redact := -fvisibility=hidden -fno-stack-protector -O2
# All its files compiled as one are a quarter faster.
FLAGS_musl_libcaro-redact := -flto -flto-partition=one
FLAGS_zig_libcaro-redact := -flto
FLAGS_library_libcaro-bash := -fvisibility=hidden
LINK_library_libcaro-bash := -Wl,-z,nodelete
LINK_library := -shared -nostdlib -Wl,--gc-sections -s
LINK_library_macos := -dynamiclib
