#!/bin/sh
# Installs Caro for this user by uv or pipx, whichever is here; changes no startup file (that is `caro install`).
set -eu
if command -v uv >/dev/null 2>&1; then
    uv tool install "${1:-caro}"
elif command -v pipx >/dev/null 2>&1; then
    pipx install "${1:-caro}"
else
    echo "caro: neither uv nor pipx is here; install one (Debian: apt-get install pipx) and run this again" >&2
    exit 1
fi
echo "Look first: caro shell     Keep it: caro install     Leave: caro uninstall"
