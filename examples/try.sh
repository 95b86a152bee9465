#!/bin/sh
# try.sh CARO: records the sample session in a throw-away HOME and shows what was seen.
set -eu
caro=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
here=$(cd "$(dirname "$0")" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# The real HOME stays untouched: Caro's files, git's and npm's go into the scratch folder. pyenv and the
# like find their versions below the real HOME, so they are told where it was.
if [ -d "$HOME/.pyenv" ]; then
    export PYENV_ROOT="${PYENV_ROOT:-$HOME/.pyenv}"
fi
export HOME="$scratch"
unset XDG_CONFIG_HOME XDG_DATA_HOME XDG_STATE_HOME XDG_CACHE_HOME CARO_SESSION_ID CARO_PARENT_ID CARO_RUN TRACE_LOG_FILE

printf '%s\n' 'caro run -- examples/sample/session.sh'
"$caro" run --quiet -- bash "$here/sample/session.sh"

printf '\n%s\n' 'caro tree --last'
"$caro" tree --last
printf '\n%s\n' 'caro stats --last'
"$caro" stats --last

cat <<END

That ran in a folder that is gone again; nothing was written into your HOME.
Next:   $1 run -- ANY COMMAND     then     $1 tree --last
For daily use:   pipx install .   or   uv tool install .
Off at once:     caro disable     (or: touch ~/.config/caro/disabled)
To undo it all:  caro uninstall --purge, then pipx uninstall caro
END
