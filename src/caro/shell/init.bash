# shellcheck shell=bash
# Caro for bash: sees each line before it runs, can refuse it, and tells of failures. Sourced by ~/.bashrc.
#
# Sections, as in init.zsh, init.fish and init.sh: guard, state, before a line, at the prompt, keys, start.
# bash >= 4.4 expands PS0 after reading a whole command and before running it. Older ones have the DEBUG trap
# alone: it sees simple commands only once they are on their way, and is the weaker net.
#
# `\builtin` nearly everywhere: a person's own `history` or `trap` function or alias must not run here.
# The whole file stands in one `if`: `return` would leave the rc file that holds `eval "$(caro init bash)"`.
# Written for bash 3.2's parser, which macOS still has.
#
# A refused line is dropped in one of three ways (__caro_way): `ps0` by SIGINT, which throws readline back to its
# prompt; `deaf`, where that signal does not arrive, and `trap` (bash < 4.4, or no usable PS0) by a DEBUG trap that
# skips command after command until the next prompt; `ble` by ble.sh's own hooks.

# Text is parsed with the aliases, and runs with the options, of that moment: the person's are put aside until the end.
# No keyword here: it may be an alias.
{ \builtin shopt -q expand_aliases && __caro_aliases=x; \builtin shopt -u expand_aliases; } 2>/dev/null
if [[ $- == *i* ]]; then
    if [[ -z ${__caro_flags-} ]]; then __caro_flags=-$-; fi
    \builtin set +euvxkET
fi 2>/dev/null

# ---- guard -----------------------------------------------------------------------------------------------------
if [[ $- == *i* ]]; then
    __caro_probe=''
    \builtin eval __caro_probe=x 2>/dev/null
fi
if [[ $- == *i* && -z $__caro_probe && ${CARO_DISABLE:-0} == 0 ]]; then
    echo 'caro: a function named builtin hides what Caro is made of: not loaded, active mode is not in force here' >&2
fi
# By process id: with `set -a` a plain flag would be exported, and a child would take itself for loaded.
if [[ $- == *i* && $- != *r* && -n $__caro_probe && ${CARO_DISABLE:-0} == 0 && ${__caro_pid-} != "$$" ]]; then

# ---- state -----------------------------------------------------------------------------------------------------
__caro_pid=$$
: "${__caro_hook:=${XDG_DATA_HOME:-$HOME/.local/share}/caro/bin/caro-hook}"
: "${__caro_later:=${XDG_CONFIG_HOME:-$HOME/.config}/caro/shell/later.bash}"
: "${__caro_off:=${XDG_CONFIG_HOME:-$HOME/.config}/caro/disabled}"
: "${__caro_native:=${__caro_hook%/*}/libcaro-bash.so}"
: "${__caro_history:=}" # mask, drop, or nothing for keep
: "${__caro_pick_options=}" # of caro-pick, one word; empty: C-r is the shell's own
: "${__caro_completes=}" "${__caro_loader=}" # whether Tab asks Caro where nobody else knows; who is asked before
: "${__caro_inline:=}" # not empty: grey text is wanted; the relay draws it, where a prompt has its marks
: "${__caro_hint_ms:=}" # the pause before a hint; empty: none is wanted
: "${__caro_ask_key=\\C-x\\C-p}" "${__caro_fix_key=\\e\\e}" "${__caro_inline_key=\\C-x\\C-g}" "${__caro_hint_key=\\C-x\\C-w}" "${__caro_overlay_key=\\C-x\\C-t}"
__caro_home=${HOME-} # a line that moves it does not move the policy
__caro_n=0         # number of the line
__caro_seen=0      # number of the last line whose end the prompt has seen
__caro_r=0         # of the line: flags digit, verdict digit, 16 digits of microseconds; -1: dropped before it came
__caro_p=0         # the same of the line before
__caro_until=0     # breaker: before this time (epoch seconds) the daemon is not asked
__caro_status=''   # of the last line that ended, with its duration in microseconds
__caro_us=''
__caro_line=''     # what the Enter key collected where history has no text
__caro_h=0         # HISTCMD at the prompt
__caro_control=''  # HISTCONTROL and HISTIGNORE, while they are out of the way
__caro_ignore=''
__caro_whole=''    # an exported HISTCONTROL, and what is left of it
__caro_left=''
__caro_woken=0     # whether the first prompt has been seen to
__caro_hidden=''   # the last line that bash's history does not keep; the fix key gives it back
__caro_late=0      # whether a fix comes later than the prompt of its line
__caro_dir=''      # a folder in memory, ours alone
__caro_traps=''    # the person's INT and DEBUG traps, while the INT trap is out of the way
__caro_on_int=''   # what that INT trap does
__caro_macro=0     # whether Enter collects lines
__caro_armed=0     # way `trap`: whether the next simple command is a new line's first
__caro_theirs=''   # the person's DEBUG trap, behind ours
__caro_traced=0    # whether functrace is on, and ours
__caro_skipped=0   # commands of a refused line that a trap skipped
__caro_own_debug=0 # whether they have `shopt -s extdebug`
__caro_entry=''    # way `trap`: the last history entry that is known
__caro_before=''   # the one at the prompt
__caro_judged=''   # commands that were judged one by one, each between newlines
__caro_held=0      # HISTCONTROL and HISTIGNORE: 1: away, 2: given back to a line
__caro_own_flags='' # their $-, while commands are skipped
__caro_no_prompt=0 # whether PROMPT_COMMAND can't be had
__caro_ble=0       # whether ble.sh has our hooks; -1: it knows none
__caro_line_n=0    # the line that __caro_line belongs to
__caro_after=''    # what the prompt runs outside of a function
__caro_placed=''   # the changed line that goes into the next prompt
__caro_e=x         # ${__caro_e%%${__caro_e/TEXT/}*} expands TEXT and prints nothing
__caro_z=('')      # ${__caro_z[EXPRESSION,0]-} evaluates an expression in this shell, and prints nothing
__caro_if=('' x)   # ${__caro_if[CONDITION]:+TEXT} expands TEXT where the condition holds
__caro_prompt_begins='' # what stands in PS1 around the person's, where grey text is drawn
__caro_prompt_ends=''
__caro_grey_on=1
__caro_way='ps0'

__caro_is_off() {
    [[ ${CARO_DISABLE:-0} != 0 || ( -f $__caro_off && -O $__caro_off && ! -L $__caro_off ) || ! -x $__caro_hook ]]
}

__caro_now() { # sets __caro_clock to microseconds since the epoch; 0 on bash < 5
    __caro_clock=${EPOCHREALTIME-0}
    __caro_clock=${__caro_clock//[!0-9]/} # the decimal mark is the locale's
}

# UUIDv7 (RFC 9562): milliseconds, then random bits. No fork.
__caro_new_session() {
    \builtin local _id
    __caro_now
    if [[ $__caro_clock == 0 ]]; then
        _id=$("$__caro_hook" id 2>/dev/null)
    else
        \builtin printf -v _id '%012x%04x%04x%04x%04x%04x' "$((__caro_clock / 1000))" "$((0x7000 | RANDOM & 0xfff))" \
            "$((0x8000 | RANDOM & 0x3fff))" "$((RANDOM ^ RANDOM << 1))" "$((RANDOM ^ RANDOM << 1))" \
            "$((RANDOM ^ RANDOM << 1))"
        _id=${_id:0:8}-${_id:8:4}-${_id:12:4}-${_id:16:4}-${_id:20:12}
    fi
    \builtin export CARO_SESSION_ID="$_id" 2>/dev/null # readonly: the person's stays
}

# SIGINT is heard unless whoever started this shell blocked it; bash never changes that.
__caro_listen() {
    \builtin local _line _lines
    \builtin mapfile -t _lines <"/proc/$$/status"
    for _line in "${_lines[@]}"; do
        if [[ $_line == SigBlk:* ]] && ((0x${_line##*[!0-9a-f]} & 2)); then __caro_way='deaf'; fi
    done
}

# Lines go to the hook in a file: a pipe would cost a second fork. Only in memory: they may hold a secret.
__caro_find_dir() {
    for __caro_dir in "${XDG_RUNTIME_DIR-}" "/dev/shm/caro-$UID" ''; do
        if [[ $__caro_dir == /* && -d $__caro_dir && -O $__caro_dir && -w $__caro_dir && ! -L $__caro_dir ]]; then break; fi
    done
}

# What a usual line never calls stands in later.bash, which replaces all of these.
__caro_more() {
    \builtin local _aliases=0 _status
    if [[ ! -r $__caro_later ]]; then \builtin return 1; fi
    if \builtin shopt -q expand_aliases; then _aliases=1; fi
    \builtin shopt -u expand_aliases
    # shellcheck source=/dev/null
    \builtin . "$__caro_later"
    _status=$?
    if ((_aliases)); then \builtin shopt -s expand_aliases; fi
    ((_status == 0 && ${__caro_has_later:-0})) # a file that was cut has not all of them
}
__caro_preexec_unusual() { __caro_more && __caro_preexec_unusual; }
__caro_preexec_again() { if __caro_more; then __caro_preexec_again; else __caro_preexec_alone; fi; }
__caro_say() { __caro_more && __caro_say "$@"; }
__caro_not_dropped() { __caro_more && __caro_not_dropped; }
__caro_is_dropped() { __caro_more && __caro_is_dropped; }
__caro_change_way() { __caro_more && __caro_change_way "$@"; }
__caro_stop_refusing() { __caro_more && __caro_stop_refusing; }
__caro_put_first() { __caro_more && __caro_put_first "$@"; }
__caro_load_ble() { __caro_more && __caro_load_ble; }
__caro_preexec_trap() { __caro_more && __caro_preexec_trap; }
__caro_last_entry() { __caro_more && __caro_last_entry; }
__caro_end_trapped() { __caro_more && __caro_end_trapped; }
__caro_take_history() { __caro_more && __caro_take_history; }
__caro_end_line() { __caro_more && __caro_end_line; }
__caro_hide_entry() { __caro_more && __caro_hide_entry; }
__caro_show_late() { __caro_more && __caro_show_late; }
__caro_hold_debug() { __caro_more && __caro_hold_debug "$@"; }
__caro_go_before_history() { __caro_more && __caro_go_before_history; }
__caro_uncover_history() { __caro_more && __caro_uncover_history; }
__caro_take_traps() { __caro_more && __caro_take_traps "$@"; }
__caro_choose_macro() { __caro_more && __caro_choose_macro; }
__caro_fix() { __caro_more && __caro_fix; }
__caro_ask() { __caro_more && __caro_ask; }
__caro_edit() { __caro_more && __caro_edit; }
__caro_take_placed() { __caro_more && __caro_take_placed; }
__caro_take_chosen() { __caro_more && __caro_take_chosen; }
__caro_drop_gone() { __caro_more && __caro_drop_gone; }
__caro_pick() { __caro_more && __caro_pick; }
__caro_toggle_grey() { __caro_more && __caro_toggle_grey; }
__caro_hint() { __caro_more && __caro_hint; }
__caro_overlay() { __caro_more && __caro_overlay; }
__caro_complete() { __caro_more && __caro_complete "$@"; }
__caro_complete_any() { __caro_more && __caro_complete_any "$@"; }
__caro_complete_own() { __caro_more && __caro_complete_own "$@"; }

# ---- before a line ---------------------------------------------------------------------------------------------
# Runs in PS0's subshell; standard output is the number that becomes __caro_r. Here the usual line alone: bash copies a
# function's whole body at each call.
__caro_preexec() {
    if [[ $__caro_p == 0 && -z $__caro_line$__caro_control$__caro_ignore && ${BASH_ALIASES[*]-} != *fc* && -n $__caro_dir && -o history ]] &&
        [[ ${HISTSIZE-1} != 0 && ${CARO_DISABLE:-0} == 0 && ${HOME-} == "$__caro_home" && ${HISTTIMEFORMAT@a} != *r* ]] && ((HISTCMD - __caro_h <= 1)) &&
        HISTTIMEFORMAT='' \builtin history 1 >|"$__caro_dir/caro-line.$$" && [[ -s $__caro_dir/caro-line.$$ ]]; then
        \builtin exec "$__caro_hook" preexec -g 1 "-ok${__caro_history:+h}" -s bash -p "$$" -n "$__caro_n" -u "$__caro_until" \
            -f "$__caro_dir/caro-line.$$" -e "$__caro_status" -d "$__caro_us"
    fi
    __caro_preexec_unusual
}

# Where later.bash can't be read: the compiled table and the person's own rules, by what there is here.
__caro_preexec_alone() {
    HISTTIMEFORMAT='' \builtin history 1 |
        "$__caro_hook" preexec -H -i -g 1 -o -k -s bash -p "$$" -n "$__caro_n" -u 99999999999
}

# No keyword stands in PS0: it may be an alias. Without this `set -x` prints nine lines a command, and a DEBUG trap's output gets into the number.
__caro_settle() {
    if [[ $- == *[euvxkCET]* ]]; then
        \builtin set +euvxkCET
        \builtin shopt -u extdebug
        \builtin trap - DEBUG ERR RETURN
    fi
}

# ---- at the prompt ---------------------------------------------------------------------------------------------
# PROMPT_COMMAND's part. Each of bash's own variables that a prompt shows ($?, $_, PIPESTATUS) is given back by bash
# where this is an array's element (>= 5.1); in a string the status is handed on by `return`. Not under `set -e`,
# where that would end the shell, nor with an ERR trap, which would run once more.
__caro_prompt() { # element, or: string STATUS TRAPS
    __caro_exit=${2-$?}
    if [[ -n ${BLE_VERSION-} || $__caro_way == ble ]]; then __caro_load_ble; fi
    __caro_clock=${EPOCHREALTIME-0}
    __caro_clock=${__caro_clock//[!0-9]/}
    __caro_ran=0
    if ((__caro_late == 1)); then __caro_show_late; fi
    if [[ $__caro_way == trap ]]; then __caro_end_trapped; fi
    if ((__caro_n > __caro_seen)) && [[ $__caro_way != ble ]]; then
        __caro_ran=1
        if [[ $__caro_way != ps0 ]] && ((__caro_r / 10**16 % 10 >= 2)); then __caro_exit=130; fi
        if ((__caro_exit == 0 && __caro_r / 10**16 % 10 == 0 && __caro_clock > __caro_r % 10**16 && __caro_clock < __caro_r % 10**16 + 1000000 && __caro_r > 10**16)); then
            __caro_status=0 __caro_us=$((__caro_clock - __caro_r % 10**16))
        else
            __caro_end_line
        fi
        __caro_control='' __caro_ignore='' # PS0 gave them back
    fi
    if ((__caro_r / 10**17 == 2)); then \builtin history -d "$((HISTCMD - 1))"; elif ((__caro_r / 10**17 == 3)); then __caro_hide_entry; fi
    if ((__caro_late)); then __caro_late=1; fi
    if [[ -s ${__caro_off%/*}/shell/chosen-${CARO_SESSION_ID-} ]]; then __caro_take_chosen; fi
    if [[ -s ${__caro_off%/*}/shell/gone-${CARO_SESSION_ID-} ]]; then __caro_drop_gone; fi
    if ((!__caro_woken)); then __caro_wake; fi
    __caro_seen=$__caro_n __caro_r=0 __caro_line='' __caro_before_line=$__caro_exit
    __caro_after=''
    __caro_prepare "$@"
    __caro_h=$HISTCMD
    if [[ -n $__caro_prompt_ends ]]; then __caro_mark_prompt; fi
    if [[ ${1-} == string && $- != *e* ]]; then \builtin return "$__caro_exit"; fi
    \builtin return 0
}

# Where this bash is one that the file of machine code knows, that makes two variables, and then a line costs no copy of
# the shell. It is no builtin: that one is not made is no failure.
__caro_load_direct() {
    if [[ $__caro_way == ps0 && -O $__caro_native ]] && ((BASH_VERSINFO[0] == 5 && BASH_VERSINFO[1] >= 1 && BASH_VERSINFO[1] <= 3)); then
        __caro_asks=''
        \builtin enable -f "$__caro_native" __caro_direct || \builtin :
    fi
} 2>/dev/null

# Where no daemon listens, one is started by the time that the first line is typed.
__caro_wake() {
    __caro_woken=1
    __caro_load_direct
    if [[ -n $__caro_dir && $- != *e* ]]; then __caro_hook_completion 2>/dev/null; fi
    if [[ -n $__caro_inline && $__caro_way == ps0 ]]; then __caro_begin_grey; fi
    if [[ ! -S ${CARO_SOCKET:-${__caro_off%/*}/caro.sock} ]] && ! __caro_is_off; then "$__caro_hook" wake </dev/null; fi
}

# At the first prompt: whatever completions there are have been loaded. Caro's stands behind each of them.
__caro_hook_completion() {
    \builtin local _line=''
    \builtin complete -p caro >/dev/null || \builtin complete -o default -F __caro_complete_own caro
    if [[ -z $__caro_completes ]]; then \builtin return 0; fi
    if \builtin complete -p -D >|"$__caro_dir/caro-line.$$"; then IFS='' \builtin read -r _line <"$__caro_dir/caro-line.$$"; fi
    if [[ $_line == *'-F '* && $_line != *__caro_* ]]; then
        __caro_loader=${_line##*-F }
        __caro_loader=${__caro_loader%% *}
    elif [[ -n $_line ]]; then
        \builtin return 0
    fi
    \builtin complete -o bashdefault -o default -D -F __caro_complete_any
}

# Grey text is the relay's, above this terminal: it knows the typed line by two marks around the prompt. They are put
# last, where PROMPT_COMMAND is an array, since other tools may set PS1 anew at each prompt.
__caro_begin_grey() {
    \builtin local _terminal="${CARO_RELAY-}"
    _terminal=${_terminal#*:}
    if [[ -z ${CARO_RELAY-} || ${TERM:-dumb} == dumb || ! /dev/fd/0 -ef ${_terminal%%:*} ]] || __caro_is_off; then \builtin return; fi
    __caro_prompt_begins="\\[\\e]133;A;caro=${CARO_RELAY%%:*}.b.$__caro_hint_ms\\a\\]"
    __caro_prompt_ends="\\[\\e]133;B;caro=${CARO_RELAY%%:*}.${CARO_SESSION_ID-0}\\a\\]"
    if [[ ${PROMPT_COMMAND@a} == *a* && ${PROMPT_COMMAND@a} != *[xr]* ]] && ((BASH_VERSINFO[0] * 100 + BASH_VERSINFO[1] >= 501)); then
        PROMPT_COMMAND+=('{ __caro_mark_prompt; } >/dev/null 2>&1')
    fi
    __caro_mark_prompt
}

__caro_mark_prompt() {
    \builtin local _prompt="${PS1-}"
    if [[ -z $__caro_prompt_ends || $_prompt == "$__caro_prompt_begins"*"$__caro_prompt_ends" ]]; then \builtin return 0; fi
    _prompt=${_prompt//"$__caro_prompt_begins"/}
    \builtin printf -v PS1 %s "$__caro_prompt_begins${_prompt//"$__caro_prompt_ends"/}$__caro_prompt_ends" 2>/dev/null
    \builtin return 0
}

__caro_arm() { # last of all at the prompt: others may have written to the history
    __caro_armed=1
    if [[ $__caro_way == trap ]]; then
        __caro_entry=$(__caro_last_entry)
        __caro_before=$__caro_entry
        __caro_take_history
    fi
    if [[ -n ${COMP_LINE-}${READLINE_LINE+x} ]]; then \builtin unset -v COMP_LINE READLINE_LINE; fi
    if [[ $- != *T* ]]; then
        __caro_traced=1
        \builtin set -T
    fi
    if [[ $- != *e* ]]; then \builtin return "$__caro_exit"; fi
}

# What has to be so when the next line is read; all of it can have been changed by the line before.
__caro_prepare() {
    case $__caro_way in
    ble) \builtin return ;;
    trap | deaf)
        # shellcheck disable=SC2016  # run by the prompt
        if [[ $1 == string ]]; then __caro_hold_debug "${3-}"; else __caro_after='__caro_hold_debug "$(\builtin trap -p INT DEBUG)"'; fi
        if [[ $__caro_way == trap ]]; then \builtin return; fi
        ;;
    *)
        if ! \builtin shopt -q promptvars; then
            __caro_change_way trap
            __caro_prepare "$@"
            \builtin return
        fi
        ;;
    esac
    if [[ -z $__caro_dir || ! -d $__caro_dir ]]; then __caro_find_dir; fi
    if [[ ${PROMPT_COMMAND-} == *history* ]]; then __caro_go_before_history; fi
    if [[ ${PS0-} != *__caro_preexec* ]]; then \builtin printf -v PS0 %s "${PS0-}$__caro_ps0_text"; fi
    if [[ -n ${HISTCONTROL-}${HISTIGNORE-} ]]; then __caro_uncover_history; fi
    if [[ $__caro_way == ps0 ]]; then __caro_watch_interrupts "$@"; fi
    if [[ $__caro_macro == 1 || ! -o history || ${HISTSIZE-1} == 0 ]]; then __caro_choose_macro; fi
}

# An INT trap would swallow the SIGINT that drops a line. So it is taken away while a line is read, and a DEBUG trap,
# which comes before the first simple command of a line that may run, gives it back and goes. (A DEBUG trap that
# refuses commands itself, by extdebug, misses subshells, slows every loop down and vetoes the prompt's own code.)
# A DEBUG trap can be read outside of functions only: PROMPT_COMMAND runs what is left in __caro_after.
__caro_watch_interrupts() {
    if [[ $- != *[vxTE]* && -n $__caro_dir ]] && ! \builtin shopt -q extdebug; then
        # shellcheck disable=SC2016,SC2064  # the text is finished; the other is run by the prompt
        if [[ $1 == string ]]; then
            if [[ $3 != *DEBUG* ]]; then \builtin trap "$__caro_sentinel" DEBUG; fi
        else
            __caro_after='\builtin trap -p DEBUG >|"$__caro_dir/caro-line.$$" && __caro_watch_line'
        fi
    fi
    if [[ -n $__caro_traps ]]; then # nothing ran that gave it back
        if ((__caro_exit == 130 && !__caro_ran)); then __caro_after=$__caro_on_int; fi
        \builtin return
    fi
    if [[ $1 == string ]]; then
        __caro_take_traps "$3"
    elif [[ -n $__caro_dir ]] && \builtin trap -p INT >|"$__caro_dir/caro-line.$$"; then
        # shellcheck disable=SC2016  # run by the prompt
        if [[ -s $__caro_dir/caro-line.$$ ]]; then __caro_after='__caro_take_traps "$(\builtin trap -p INT DEBUG)"'; fi
    else
        __caro_take_traps "$(\builtin trap -p INT)"
    fi
}

# Nobody has a DEBUG trap: ours comes before the first command of the next line, sees whether that was refused and not
# dropped, and goes. In a function it is somebody's who took it over, and does nothing.
__caro_watch_line() {
    # shellcheck disable=SC2064  # the text is finished here
    if [[ ! -s $__caro_dir/caro-line.$$ ]]; then \builtin trap "$__caro_sentinel" DEBUG; fi
}

# SIGINT leaves 130 behind, or what was above 127 before. __caro_skipped: from here on each command is refused by
# itself. The last argument is what the line's own $_ has to be. An INT trap that was taken away comes back.
# shellcheck disable=SC2016  # evaluated by the trap
__caro_sentinel='__caro_before_line=$? __caro_last=$_; ((__caro_n > __caro_seen && ${FUNCNAME+1}0 == 0)) && { \builtin trap - DEBUG
((${#__caro_traps})) && { \builtin eval "$__caro_traps"; __caro_traps=""; }
((__caro_r / 10**16 % 10 >= 2 && __caro_before_line != 130)) && ! __caro_is_dropped && __caro_not_dropped; }; ((!__caro_skipped)) && \builtin : "$__caro_last" || ! \builtin :'

# Only in a line (its number is above the last one that ended): other prompt tools and keys run commands too.
# shellcheck disable=SC2016  # evaluated by the trap
__caro_give_back='if ((__caro_n > __caro_seen)) && [[ -n $__caro_traps ]]; then
\builtin trap - DEBUG; \builtin eval "$__caro_traps"; __caro_traps=""; fi'

# ---- keys ------------------------------------------------------------------------------------------------------
# A key that somebody bound is never taken; readline's own binding of ESC ESC (complete) is nobody's.
__caro_bind() { # KEY FUNCTION
    \builtin local _map
    if [[ -z $1 || $__caro_bound == *"\"$1\""* ]]; then \builtin return; fi
    for _map in emacs vi-insert; do \builtin bind -m "$_map" -x "\"$1\": $2"; done
}

# Not `bind -p`, which takes 3 ms: macros, commands and what the person's inputrc says of keys.
__caro_bind_keys() {
    \builtin local _line _file="$__caro_dir/caro-line.$$"
    if [[ ! -o emacs && ! -o vi ]]; then \builtin return; fi
    __caro_bound=''
    \builtin trap '' XFSZ # with `ulimit -f 0` the signal would end the shell
    if [[ -n $__caro_dir ]] && { \builtin bind -s; \builtin bind -X; \builtin bind -m emacs -q complete; } >|"$_file"; then
        while IFS='' \builtin read -r _line; do __caro_bound+=$_line$'\n'; done <"$_file"
        \builtin bind -q edit-and-execute-command >|"$_file"
        IFS='' \builtin read -r _line <"$_file"
    else
        __caro_bound=$(\builtin bind -s; \builtin bind -X; \builtin bind -m emacs -q complete)
        _line=$(\builtin bind -q edit-and-execute-command)
    fi
    \builtin trap - XFSZ
    # complete can be invoked via "\C-i", "\e\e\000".
    if [[ $__caro_bound == *'complete can be invoked via'*'"\e\e'* ]]; then
        __caro_bound=${__caro_bound%complete can be*}
    else
        __caro_bound+='"\e\e"'
    fi
    if [[ -r ${INPUTRC:-$HOME/.inputrc} ]]; then
        while IFS='' \builtin read -r _file; do __caro_bound+=$_file$'\n'; done <"${INPUTRC:-$HOME/.inputrc}"
    fi
    __caro_bind "$__caro_ask_key" __caro_ask
    __caro_bind "$__caro_fix_key" __caro_fix
    __caro_bind "$__caro_hint_key" __caro_hint
    __caro_bind "$__caro_overlay_key" __caro_overlay
    if [[ $__caro_fix_key != '\C-x\C-f' ]]; then __caro_bind '\C-x\C-f' __caro_fix; fi
    if [[ $_line == *'"\C-x\C-e"'* ]]; then \builtin bind -m emacs -x '"\C-x\C-e": __caro_edit'; fi
    \builtin bind -m vi-command -x '"v": __caro_edit'
    __caro_bind '\e[0n' __caro_take_placed
    if [[ -n $__caro_inline ]]; then __caro_bind "$__caro_inline_key" __caro_toggle_grey; fi
    if [[ -n $__caro_pick_options && ${TERM:-dumb} != dumb && -n $__caro_dir ]]; then
        \builtin bind -q reverse-search-history >|"$_file"
        IFS='' \builtin read -r _line <"$_file"
        if [[ $_line == *'"\C-r"'* && $__caro_bound != *'"\C-r"'* ]]; then __caro_bind_pick; fi
    fi
    __caro_bound=''
}

# Of two keys the first searches and says what the second is: nothing, Enter, or readline's own search.
__caro_bind_pick() {
    \builtin local _map
    for _map in emacs vi-insert; do
        \builtin bind -m "$_map" -x '"\C-x\C-_p": __caro_pick'
        \builtin bind -m "$_map" '"\C-x\C-_q": redraw-current-line'
        \builtin bind -m "$_map" '"\C-r": "\C-x\C-_p\C-x\C-_q"'
    done
}

# ---- start -----------------------------------------------------------------------------------------------------
# The hook's last act is one number on standard output: flags digit (option -g), verdict digit, end time. Arithmetic
# in a subscript assigns in this very shell. `10#0`: the empty output of a killed hook is 0. A subshell has a DEBUG,
# ERR or RETURN trap under `set -ET` alone.
# shellcheck disable=SC2016  # expanded by PS0
__caro_ps0_text='${__caro_e%%${__caro_e/${__caro_control:+${HISTCONTROL:=$__caro_control}}${__caro_ignore:+${HISTIGNORE:=$__caro_ignore}}/}*}'
# shellcheck disable=SC2016
__caro_ps0_text+='${__caro_z[__caro_p=__caro_r,__caro_r=-1,__caro_n+=1,0]-}'
# What libcaro-bash.so says costs no copy of this shell: -2, or no such variable, where it is not the one to ask.
# shellcheck disable=SC2016
__caro_ps0_text+='${__caro_z[__caro_r=${__caro_direct--2},0]-}'
# shellcheck disable=SC2016
__caro_ps0_text+='${__caro_if[__caro_r<-1]:+${__caro_z[__caro_r=-1,0]-}${__caro_z[__caro_r=10#0$({ __caro_exit=$?; __caro_settle; } >/dev/null 2>&1; __caro_preexec 2>/dev/null),0]-}}'

# A hook that was killed has said nothing: once more, the safer way.
# shellcheck disable=SC2016
__caro_ps0_text+='${__caro_if[__caro_r<=0]:+${__caro_z[__caro_r=10#0$(__caro_preexec_again 2>/dev/null),0]-}}'

# shellcheck disable=SC2016  # run at the prompt
__caro_prompt_text='__caro_prompt element; ${__caro_after:+builtin eval "$__caro_after"}; '

# In an array, and not in its element 0: `PROMPT_COMMAND=...` in an rc file writes there. An exported one stays a
# string, or children would not see it any more.
__caro_install_prompt() {
    # shellcheck disable=SC2016,SC2178,SC2128  # the text is evaluated at the prompt; string and array in one
    if [[ "${PROMPT_COMMAND[*]-}" == *__caro_prompt* ]]; then
        \builtin return
    elif [[ $__caro_way != ps0 ]]; then
        __caro_put_first
    elif ((BASH_VERSINFO[0] * 100 + BASH_VERSINFO[1] >= 501)) && [[ ${PROMPT_COMMAND@a} != *[xr]* ]] &&
        \builtin printf -v 'PROMPT_COMMAND[0]' %s "${PROMPT_COMMAND-}" 2>/dev/null; then
        PROMPT_COMMAND+=("{ $__caro_prompt_text} >/dev/null 2>&1")
        if [[ ${PROMPT_COMMAND-} == *history* ]]; then __caro_go_before_history; fi
    else
        __caro_put_first
    fi
}

if [[ -z ${CARO_RUN-} || ${CARO_RUN-} != "${CARO_SESSION_ID-}" ]]; then
    __caro_new_session
    \builtin unset -v CARO_PARENT_ID
fi
__caro_find_dir
__caro_bind_keys 2>/dev/null
# The cut at bash 4.4; CARO_BASH_TRAP=1 takes the older way on a newer bash.
if ((BASH_VERSINFO[0] * 100 + BASH_VERSINFO[1] < 404)) || [[ ${CARO_BASH_TRAP:-0} != 0 ]] ||
    ! \builtin shopt -q promptvars || ! \builtin printf -v PS0 %s "${PS0-}$__caro_ps0_text" 2>/dev/null; then
    __caro_way='trap'
fi
if [[ $__caro_way == ps0 && -r /proc/$$/status ]]; then __caro_listen; fi
__caro_install_prompt
if [[ -n ${BLE_VERSION-} ]]; then __caro_load_ble; fi
if [[ ! -r $__caro_later && ( $__caro_way != ps0 || -n ${BLE_VERSION-} ) ]]; then
    echo "caro: $__caro_later can't be read: no line is refused here, active mode is not in force (caro install bash)" >&2
fi

fi
if [[ -n ${__caro_flags-} ]]; then
    \builtin unset -v __caro_probe
    if [[ $__caro_flags == *u* ]]; then \builtin set -u; fi
    if [[ $__caro_flags == *k* ]]; then \builtin set -k; fi
    if [[ $__caro_flags == *E* ]]; then \builtin set -E; fi
    if [[ $__caro_flags == *T* ]]; then \builtin set -T; fi
    if [[ $__caro_flags == *v* ]]; then \builtin set -v; fi
    if [[ $__caro_flags == *e* ]]; then \builtin set -e; fi
    if [[ $__caro_flags == *x* ]]; then \builtin set -x; fi
    \builtin unset -v __caro_flags
fi 2>/dev/null
if [[ -n ${__caro_aliases-} ]]; then
    \builtin unset -v __caro_aliases
    \builtin shopt -s expand_aliases
fi 2>/dev/null
