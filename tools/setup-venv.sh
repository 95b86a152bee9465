#!/bin/sh
# setup-venv.sh VENV: makes a virtual environment and installs Caro into it, editable.
# setup-venv.sh VENV GROUP: installs a dependency group of pyproject.toml into it; `weights` without dependencies.
# Debian without python3-venv has no ensurepip: there the system's pip installs into the environment.
set -eu
venv=$1
python=${PYTHON:-python3}

say() { printf '%s\n' "caro: $*"; }
fail() { printf '%s\n' "caro: $*" >&2; exit 1; }

"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
    fail "$python is older than 3.11; install a newer one, or name it: make PYTHON=python3.12 ..."

if [ ! -x "$venv/bin/python" ]; then
    say "making $venv"
    "$python" -m venv "$venv" 2>/dev/null || {
        rm -rf "$venv"
        "$python" -m venv --without-pip "$venv"
    }
fi

if "$venv/bin/python" -m pip --version >/dev/null 2>&1; then
    pip() { "$venv/bin/python" -m pip "$@"; }
elif "$python" -m pip --version >/dev/null 2>&1; then
    pip() { "$python" -m pip --python "$venv/bin/python" "$@"; }
else
    fail "no pip is found; install it (Debian: apt-get install python3-pip) and run make again"
fi

# install NAME: a dependency group, or `build`, or `backend` (what the build asks for besides), into the environment.
install() {
    "$venv/bin/python" - "$1" >"$venv/$1-requirements.txt" <<'END'
import sys
import tomllib

with open("pyproject.toml", "rb") as file:
    project = tomllib.load(file)
if sys.argv[1] == "build":
    wanted = project["build-system"]["requires"]
elif sys.argv[1] == "backend":
    from hatchling.build import get_requires_for_build_editable

    wanted = get_requires_for_build_editable()
else:
    wanted = project["dependency-groups"][sys.argv[1]]
print("\n".join(wanted))
END
    # pip needs no network for what is installed already.
    pip install -q ${2:+"$2"} -r "$venv/$1-requirements.txt"
}

export PIP_DISABLE_PIP_VERSION_CHECK=1
if [ -n "${2:-}" ]; then
    say "installing what \`$2\` needs into $venv"
    if [ "$2" = weights ]; then install "$2" --no-deps; else install "$2"; fi
else
    say "building and installing Caro into $venv (two minutes at first where there is no musl-gcc)"
    # In the environment itself: a build in one of its own would fetch its tools each time.
    install build
    install backend
    pip install -q --no-build-isolation -e .
    # An editable install has no byte code, and where PYTHONDONTWRITEBYTECODE is set it never gets any: every start
    # of `caro` would compile it anew.
    "$venv/bin/python" -m compileall -q src/caro
fi
