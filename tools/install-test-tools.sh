#!/bin/sh
# install-test-tools.sh [PROGRAM:PACKAGE...]
# Installs the programs that the tests run, and those that are named besides: says what, uses apt-get as root, else
# names the command and stops.
set -eu

# program:package, one a line; a program that is there needs nothing
wanted='zsh:zsh fish:fish tmux:tmux strace:strace musl-gcc:musl-tools mksh:mksh ksh:ksh93u+m busybox:busybox
dash:dash shellcheck:shellcheck jq:jq less:less vim:vim clang:clang clang-format:clang-format valgrind:valgrind htop:htop fzf:fzf
direnv:direnv zoxide:zoxide bear:bear gdb:gdb gcc:gcc g++:g++ make:make git:git script:bsdutils setpriv:util-linux
curl:curl wget:wget unzip:unzip patch:patch perl:perl node:nodejs npm:npm
ssh-keygen:openssh-client'

missing=
for pair in $wanted "$@"; do
    command -v "${pair%%:*}" >/dev/null 2>&1 || missing="$missing ${pair#*:}"
done
[ -e /usr/share/zsh-autosuggestions ] || missing="$missing zsh-autosuggestions"
[ -e /usr/share/zsh-syntax-highlighting ] || missing="$missing zsh-syntax-highlighting"
[ -e /usr/share/bash-completion ] || missing="$missing bash-completion"
[ -e /usr/share/liquidprompt ] || missing="$missing liquidprompt"
ls /usr/lib/llvm-*/lib/clang/*/lib/linux/libclang_rt.fuzzer-* >/dev/null 2>&1 || missing="$missing libclang-rt-14-dev"

[ -n "$missing" ] || exit 0
command_line="apt-get install -y --no-install-recommends$missing"
if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
    printf '%s\n' "caro: installing for the tests:$missing"
    apt-get update -qq
    # shellcheck disable=SC2086  # a list of words
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
else
    printf '%s\n' "caro: the tests need programs that are not here. Install them, then run make again:" >&2
    printf '%s\n' "    sudo $command_line" >&2
    exit 1
fi
