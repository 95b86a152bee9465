# shellcheck shell=bash
# Caro in bash, every terminal through the relay (`shell.relay_always`): the shell starts once more, below caro-relay.
# It gets the words and the environment that it was started with: what the rc files had exported by now would stand
# there twice, and a guard of theirs ("already read") would keep the functions out. An environment can be handed on in
# the environment alone: on a command line others would see it.
__caro_wants_relay() {
    local terminal=${CARO_RELAY-}
    if [[ $- != *i* || $- == *[cr]* || ! -t 0 || ! -t 1 || ! -t 2 || ${TERM:-dumb} == dumb ]]; then return 1; fi
    if [[ ${CARO_DISABLE:-0} != 0 || ( -f ${__caro_off:-} && -O ${__caro_off:-} && ! -L ${__caro_off:-} ) || ! -x ${__caro_relay:-} || ! -r /proc/$$/environ ]]; then return 1; fi
    # Editors and agents.
    if [[ -n ${CARO_AGENT-}${INSIDE_EMACS-}${VIM-}${NVIM-}${ZED_TERM-} ]]; then return 1; fi
    if [[ ${TERM_PROGRAM-} == vscode || ${TERMINAL_EMULATOR-} == JetBrains* ]]; then return 1; fi
    # The relay has started this very shell, or one above it on this terminal.
    if [[ ${CARO_RELAY_SHELL-} == "$$" ]]; then return 1; fi
    terminal=${terminal#*:}
    [[ -z $terminal || ! /dev/fd/0 -ef ${terminal%%:*} ]]
}
if __caro_wants_relay; then
    __caro_words=()
    __caro_n=0
    while IFS='' \builtin read -r -d '' __caro_line; do __caro_words+=("$__caro_line"); done <"/proc/$$/cmdline"
    while IFS='' \builtin read -r -d '' __caro_line; do
        \builtin export "CARO_RELAY_ENV_$__caro_n=$__caro_line"
        __caro_n=$((__caro_n + 1))
    done <"/proc/$$/environ"
    \builtin exec "$__caro_relay" -- "$BASH" "${__caro_words[@]}"
    \builtin unset -v "${!CARO_RELAY_ENV_@}" __caro_words
fi
\builtin unset -v __caro_relay
\builtin unset -f __caro_wants_relay
