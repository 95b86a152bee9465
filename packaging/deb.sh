#!/bin/sh
# deb.sh OUT: builds the Debian package of this checkout's last commit into OUT; DEBFULLNAME and DEBEMAIL sign it.
# Needs debhelper, devscripts, musl-tools, python3-venv and python3-pip.
set -eu
[ $# = 1 ] || { echo "usage: deb.sh OUT" >&2; exit 2; }
if [ -z "${DEBFULLNAME-}" ] || [ -z "${DEBEMAIL-}" ]; then
    echo "deb.sh: DEBFULLNAME and DEBEMAIL say who the maintainer is; set them" >&2
    exit 2
fi
root=$(cd "$(dirname "$0")/.." && pwd)
mkdir -p "$1"
out=$(cd "$1" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/caro"
git -C "$root" archive HEAD | tar -x -C "$work/caro"
cd "$work/caro"
cp -R packaging/debian debian
sed -i "s|@MAINTAINER@|$DEBFULLNAME <$DEBEMAIL>|" debian/control
version=$(sed -n 's/^version = "\(.*\)"$/\1/p' pyproject.toml | head -n 1)
dch --create --package caro --newversion "$version" --distribution unstable "New version; see CHANGELOG.md."
dpkg-buildpackage -b -us -uc
mv "$work"/*.deb "$work"/*.buildinfo "$work"/*.changes "$out"
ls -l "$out"/*.deb
