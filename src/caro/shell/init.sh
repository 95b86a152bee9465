# shellcheck shell=sh
# Caro for sh (dash, busybox, mksh, ksh): tells of exit statuses, and has an explicit gate. Sourced by ~/.profile,
# $ENV, ~/.mkshrc or ~/.kshrc.
#
# Sections, as in init.bash, init.zsh and init.fish: guard, state, before a line, at the prompt, keys, start.
# These shells have no hook before a line: PS1 sees how the last one ended, and that is all. `caro_run COMMAND` asks
# before it runs.
#
# A backslash before each builtin that a person's alias may stand for (but `[`), quotes around each number that IFS may cut.

# ---- guard -----------------------------------------------------------------------------------------------------
# By process id: with `set -a` a plain flag would be exported, and a child would take itself for loaded.
case $-:${CARO_DISABLE:-0} in *i*:0)
if [ -n "${BASH_VERSION-}" ]; then # a login bash read ~/.profile
    # shellcheck disable=SC1090,SC1091  # beside this file
    [ ! -r "${__caro_shell:=${XDG_CONFIG_HOME:-$HOME/.config}/caro/shell}/init.bash" ] || . "$__caro_shell/init.bash"
elif [ -z "${ZSH_VERSION-}" ] && [ "${__caro_pid-}" != "$$" ]; then

# ---- state -----------------------------------------------------------------------------------------------------
__caro_pid=$$
: "${__caro_hook:=${XDG_DATA_HOME:-$HOME/.local/share}/caro/bin/caro-hook}"
: "${__caro_off:=${XDG_CONFIG_HOME:-$HOME/.config}/caro/disabled}"
__caro_n=0 # number of the line
__caro_e=  # always empty: ${__caro_e#TEXT} expands TEXT and prints nothing

__caro_is_off() {
    # Ask for the owner by -O, which POSIX does not name and every sh has that Caro is tried in.
    # shellcheck disable=SC3067
    [ "${CARO_DISABLE:-0}" != 0 ] || { [ -f "$__caro_off" ] && [ -O "$__caro_off" ] && [ ! -L "$__caro_off" ]; } || [ ! -x "$__caro_hook" ]
}

__caro_home=${HOME-} # a line that moves it does not move the policy
__caro_by=-i         # how the hook gets the line: in CARO_LINE where that can be set, else through a pipe
# shellcheck disable=SC2034  # whether it can be set
if (CARO_LINE=) 2>/dev/null; then __caro_by=; fi

# ---- before a line ---------------------------------------------------------------------------------------------
# WORD as one shell word, added to __caro_line.
__caro_add_word() {
    case $1 in
    '' | *[!A-Za-z0-9_./:=@%+,-]*)
        __caro_rest=$1 __caro_line="$__caro_line '"
        while :; do
            case $__caro_rest in
            *\'*) __caro_line="$__caro_line${__caro_rest%%\'*}'\\''" __caro_rest=${__caro_rest#*\'} ;;
            *) break ;;
            esac
        done
        __caro_line="$__caro_line$__caro_rest'"
        ;;
    *) __caro_line="$__caro_line $1" ;;
    esac
}

__caro_ask() { # OPTION...; HOME as it was at the start, in this subshell alone
    if [ "${HOME-}" != "$__caro_home" ]; then \export HOME="$__caro_home"; fi
    if [ "$1" = -i ]; then \printf %s "$__caro_line" | "$__caro_hook" preexec "$@"; else CARO_LINE=$__caro_line \command "$__caro_hook" preexec "$@"; fi
}

# Without the daemon, and with nothing that the first asking may have stumbled over.
__caro_judge_again() {
    (__caro_ask -i -s sh -p "$$" -n "$__caro_n" -u 99999999999)
    __caro_verdict=$?
    [ "$__caro_verdict" -ge 100 ] || \return 0
    __caro_verdict=0
    \echo "caro: nobody could judge this line: $__caro_hook did not answer (caro doctor says why)" >&2
}

# caro_run COMMAND ARG...  runs a command, caro_run 'LINE' a line, after Caro was asked; 130 if it is refused.
caro_run() {
    if [ "$#" = 1 ]; then
        __caro_line=$1
    else
        __caro_line=
        for __caro_word; do __caro_add_word "$__caro_word"; done
        __caro_line=${__caro_line# }
    fi
    if ! __caro_is_off; then
        __caro_n=$((__caro_n + 1))
        (__caro_ask ${__caro_by:+"$__caro_by"} -s sh -p "$$" -n "$__caro_n")
        __caro_verdict=$?
        if [ "$__caro_verdict" -ge 100 ]; then __caro_judge_again; fi
        if [ "$__caro_verdict" -ge 2 ]; then \return 130; fi
    fi
    if [ "$#" = 1 ]; then \eval "$1"; else "$@"; fi
}

# ---- at the prompt ---------------------------------------------------------------------------------------------
__caro_prompt() { # STATUS of the last line; runs in a subshell, so that the line's number is counted in PS1
    if [ "${HOME-}" != "$__caro_home" ]; then \export HOME="$__caro_home"; fi
    __caro_is_off || "$__caro_hook" preexec -r -s sh -p "$$" -n "$__caro_n" -e "$1" >/dev/null 2>&1 </dev/null
    \return "$1"
}

# ---- keys: none ------------------------------------------------------------------------------------------------

# ---- start -----------------------------------------------------------------------------------------------------
if [ -x "$__caro_hook" ]; then
    if { [ -z "${CARO_RUN-}" ] || [ "${CARO_RUN-}" != "${CARO_SESSION_ID-}" ]; } && (CARO_SESSION_ID=) 2>/dev/null; then
        CARO_SESSION_ID=$("$__caro_hook" id 2>/dev/null)
        \export CARO_SESSION_ID
        \unset CARO_PARENT_ID
    fi
    # shellcheck disable=SC2016  # expanded at each prompt
    PS1='${__caro_e#$((__caro_n=__caro_n+1))}$(__caro_prompt "$?")'${PS1-}
fi

fi ;;
esac
:
