#!/bin/sh
# try.sh CARO: records the sample session in a throw-away HOME and shows what was seen.
set -eu
caro=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
here=$(cd "$(dirname "$0")" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# The real HOME stays untouched: Caro's files, git's and npm's go into the scratch folder. The python3 of the sample is
# Caro's own, not one that a version manager looks for below the real HOME.
PATH="$(dirname "$caro"):${PATH:-/usr/local/bin:/usr/bin:/bin}"
export HOME="$scratch" PATH
unset XDG_CONFIG_HOME XDG_DATA_HOME XDG_STATE_HOME XDG_CACHE_HOME CARO_SESSION_ID CARO_PARENT_ID CARO_RUN TRACE_LOG_FILE
cd "$scratch"

# show WORD... prints a command line and runs it; a status that says what was found is no failure.
show() {
    line=caro
    for word in "$@"; do
        case $word in
        *[!a-zA-Z0-9._/=-]*) line="$line '$word'" ;;
        *) line="$line $word" ;;
        esac
    done
    printf '\n$ %s\n' "$line"
    "$caro" "$@" || [ $? -lt 100 ]
}

printf '%s\n' 'It sees what really ran:'
cp -R "$here/sample" .
printf '\n$ %s\n' 'caro run -- bash sample/session.sh'
"$caro" run --quiet -- bash sample/session.sh
show tree --last
show stats --last

printf '\n%s\n' 'It guards before harm (these lines are only judged, here as at the prompt before they run):'
# shellcheck disable=SC2016  # the text is judged as it stands
show check 'rm -rf "$HOME"/*'
show check 'git push --force origin main'

printf '\n%s\n' 'It helps after a failure:'
show fix --command 'git comit -m done' --exit 1
show fix --command 'cd /usr/lcoal' --exit 1

cat <<END

That ran in a folder that is gone again; nothing was written into your HOME.
Next:   $1 run -- ANY COMMAND     then     $1 tree --last
For daily use:   pipx install .   or   uv tool install .
Off at once:     caro disable     (or: touch ~/.config/caro/disabled)
To undo it all:  caro uninstall --purge, then pipx uninstall caro
END
