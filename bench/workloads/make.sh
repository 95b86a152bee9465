#!/bin/bash
# make -j2 of a program of C files. Usage: make.sh [FILES]
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
count=${1:-30}
for ((i = 1; i <= count; i++)); do
    printf '#include <stdio.h>\n#include <string.h>\nint part%d(const char *s) { char b[64]; snprintf(b, 64, "%%s", s); return (int)strlen(b) + %d; }\n' "$i" "$i" >"part$i.c"
done
{
    for ((i = 1; i <= count; i++)); do echo "int part$i(const char *s);"; done
    echo 'int main(void) { int n = 0;'
    for ((i = 1; i <= count; i++)); do echo "n += part$i(\"x\");"; done
    echo 'return n == 0; }'
} >main.c
cat >Makefile <<'MAKE'
OBJECTS := $(patsubst %.c,%.o,$(sort $(wildcard *.c)))
program: $(OBJECTS)
	$(CC) -o $@ $^
%.o: %.c
	$(CC) -O1 -Wall -c -o $@ $<
MAKE
make -s -j2 CC=gcc
./program && echo built
