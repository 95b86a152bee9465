#!/bin/bash
# Sixty commits, a clone and a rebase. Usage: git.sh [COMMITS]
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
export HOME=$folder GIT_CONFIG_NOSYSTEM=1 GIT_PAGER=cat GIT_EDITOR=true GIT_TERMINAL_PROMPT=0
export GIT_AUTHOR_DATE='2024-01-01T00:00:00Z' GIT_COMMITTER_DATE='2024-01-01T00:00:00Z'
git config --global user.name Sample
git config --global user.email sample@example.com
git init -q -b main project
cd project
for ((i = 1; i <= ${1:-60}; i++)); do
    echo "line $i" >>file.txt
    echo "$i" >"part$((i % 7)).txt"
    git add .
    git commit -q -m "change $i"
    if ((i % 10 == 0)); then
        git log --oneline -n 3 | cat >/dev/null
        git status --short | cat
    fi
done
git checkout -q -b side HEAD~5
echo side >side.txt
git add side.txt
git commit -q -m side
git rebase -q main
cd ..
git clone -q project copy
git -C copy log --oneline | wc -l
git -C copy diff --stat HEAD~3 | tail -n 1
