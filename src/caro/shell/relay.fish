# Caro in fish, every terminal through the relay (`shell.relay_always`): the shell starts once more, below caro-relay,
# with the words and the environment that it was started with (relay.bash says why).
function __caro_wants_relay
    status is-interactive; and test -t 0; and test -t 1; and test -t 2; or return 1
    test -z "$TERM"; or test "$TERM" = dumb; and return 1
    contains -- "$CARO_DISABLE" 1 true yes on; or test -f $__caro_off -a -O $__caro_off -a ! -L $__caro_off; and return 1
    test -x $__caro_relay; and test -r /proc/$fish_pid/environ; or return 1
    # Editors and agents; -c.
    test -z "$CARO_AGENT$INSIDE_EMACS$VIM$NVIM$ZED_TERM"; or return 1
    test "$TERM_PROGRAM" = vscode; or string match -q 'JetBrains*' -- "$TERMINAL_EMULATOR"; and return 1
    string match -qr -- '^(-[^-C]*c|--command)' (string split0 </proc/$fish_pid/cmdline); and return 1
    test "$CARO_RELAY_SHELL" = $fish_pid; and return 1
    set -l terminal (string split -m 2 : -- "$CARO_RELAY")[2]
    test -z "$terminal"; or test "$terminal" != (realpath /dev/fd/0 2>/dev/null)
end
if __caro_wants_relay
    set -l __caro_count 0
    for __caro_entry in (string split0 </proc/$fish_pid/environ)
        set -gx CARO_RELAY_ENV_$__caro_count $__caro_entry
        set __caro_count (math $__caro_count + 1)
    end
    exec $__caro_relay -- (status fish-path) (string split0 </proc/$fish_pid/cmdline)
end
set -e __caro_relay
functions -e __caro_wants_relay
