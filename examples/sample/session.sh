#!/usr/bin/env bash
# What an agent's working session looks like: git, Python with children, node, a pipeline, make, a failure.
# It works in a folder of its own and leaves nothing behind.
set -u
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
export GIT_AUTHOR_NAME=Sample GIT_AUTHOR_EMAIL=sample@example.com
export GIT_COMMITTER_NAME=Sample GIT_COMMITTER_EMAIL=sample@example.com

step() { printf '\n-- %s\n' "$*"; }

step 'a repository'
git -c init.defaultBranch=main init -q project
cd project || exit 1
cp "$here"/c/* .
git add . && git commit -qm 'Two files and a Makefile'
git log --oneline | cat

step 'a Python script that starts children'
python3 "$here/children.py"

if command -v node >/dev/null && command -v npm >/dev/null; then
    step 'node and npm'
    node -e 'console.log("node says", 6 * 7)'
    cp "$here/package.json" .
    npm run --silent hello
fi

step 'a pipeline'
git ls-files | sort | head -n 3 | sed 's/^/  /'

step 'make'
make -s && ./greet

step 'a command that fails'
git checkout no-such-branch
printf 'it gave %s\n' "$?"

step 'cd and export'
mkdir -p sub && cd sub || exit 1
export GREETING=hello
bash -c 'git rev-parse --show-prefix; printf "%s from %s\n" "$GREETING" "${PWD##*/}"'
