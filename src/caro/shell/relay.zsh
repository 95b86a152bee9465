# Caro in zsh, every terminal through the relay (`shell.relay_always`): the shell starts once more, below caro-relay,
# with the words and the environment that it was started with (relay.bash says why).
__caro_wants_relay() {
    emulate -L zsh
    # Neither -c nor a script.
    [[ -o interactive && -z ${ZSH_EXECUTION_STRING-}${ZSH_SCRIPT-} && -t 0 && -t 1 && -t 2 ]] || return 1
    [[ ${TERM:-dumb} != dumb && ${CARO_DISABLE:-0} == 0 && ! ( -f $__caro_off && -O $__caro_off && ! -L $__caro_off ) ]] || return 1
    [[ -x $__caro_relay && -r /proc/$$/environ ]] || return 1
    [[ -z ${CARO_AGENT-}${INSIDE_EMACS-}${VIM-}${NVIM-}${ZED_TERM-} ]] || return 1
    [[ ${TERM_PROGRAM-} != vscode && ${TERMINAL_EMULATOR-} != JetBrains* ]] || return 1
    [[ ${CARO_RELAY_SHELL-} != $$ && ${CARO_RELAY-} != *:$TTY:* ]]
}
__caro_start_relay() {
    emulate -L zsh
    local entry file=/proc/$$/exe
    local -i count=0
    local -a words=("${(@0)$(</proc/$$/cmdline)}")
    for entry in "${(@0)$(</proc/$$/environ)}"; do
        [[ -z $entry ]] || export "CARO_RELAY_ENV_$(( count++ ))=$entry"
    done
    # Behind the last NUL stands nothing.
    [[ ! -x ${file:A} ]] || exec $__caro_relay -- ${file:A} "${(@)words[1,-2]}"
    unset -m 'CARO_RELAY_ENV_*'
}
if __caro_wants_relay; then __caro_start_relay; fi
unset __caro_relay
unfunction __caro_wants_relay __caro_start_relay
