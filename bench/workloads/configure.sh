#!/bin/dash
# A configure-like script: hundreds of short-lived tools, run by a small shell. Usage: configure.sh [ROUNDS]
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
round=0
while [ "$round" -lt "${1:-40}" ]; do
    round=$((round + 1))
    echo "int main(void) { return $round; }" >conftest.c
    grep -q main conftest.c
    sed -e "s/main/other$round/" conftest.c >conftest.out
    value=$(expr "X$round" : 'X\([0-9]*\)')
    name=$(basename "/usr/include/header$value.h" .h)
    upper=$(echo "$name" | tr "[:lower:]" "[:upper:]")
    cat conftest.c conftest.out | sort | uniq -c >conftest.count
    awk '{ n += $1 } END { print n }' conftest.count >conftest.sum
    test -s conftest.sum
    (cd . && echo conftest.* | wc -w) >conftest.list
    cmp -s conftest.c conftest.out || echo "checking for $upper... no"
    mkdir -p "sub/$round"
    mv conftest.out "sub/$round/"
    cp conftest.c "sub/$round/copy.c"
    dirname "sub/$round/copy.c" >/dev/null
    env LC_ALL=C printf '%s\n' "$name" >/dev/null
    if no-such-tool --version >/dev/null 2>&1; then exit 1; fi
    /bin/sh -c 'test -d sub && exit 3' || test $? -eq 3
    rm -f conftest.*
done
find sub -name '*.c' -exec cksum {} + | tail -n 1 | cut -d ' ' -f 2
