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

# ---- guard -----------------------------------------------------------------------------------------------------
# By process id: with `set -a` a plain flag would be exported, and a child would take itself for loaded.
if [[ $- == *i* && $- != *r* && ${CARO_DISABLE:-0} == 0 && ${__caro_pid-} != "$$" ]]; then

# ---- state -----------------------------------------------------------------------------------------------------
__caro_pid=$$
: "${__caro_hook:=${XDG_DATA_HOME:-$HOME/.local/share}/caro/bin/caro-hook}"
: "${__caro_off:=${XDG_CONFIG_HOME:-$HOME/.config}/caro/disabled}"
: "${__caro_ask_key=\\C-x\\C-p}" "${__caro_fix_key=\\e\\e}"
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
__caro_late=0      # whether a fix comes later than the prompt of its line
__caro_dir=''      # a folder in memory, ours alone
__caro_traps=''    # the person's INT and DEBUG traps, while the INT trap is out of the way
__caro_on_int=''   # what that INT trap does
__caro_macro=0     # whether Enter collects lines
__caro_armed=0     # bash < 4.4: whether the next simple command is a new line's first
__caro_after=''    # what the prompt runs outside of a function
__caro_placed=''   # the changed line that goes into the next prompt
__caro_e=x         # ${__caro_e%%${__caro_e/TEXT/}*} expands TEXT and prints nothing
__caro_z=('')      # ${__caro_z[EXPRESSION,0]-} evaluates an expression in this shell, and prints nothing

# The cut at bash 4.4; CARO_BASH_TRAP=1 takes the older branch on a newer bash.
if ((BASH_VERSINFO[0] * 100 + BASH_VERSINFO[1] >= 404)) && [[ ${CARO_BASH_TRAP:-0} == 0 ]]; then
    __caro_ps0=1
else
    __caro_ps0=0
fi

__caro_is_off() {
    [[ ${CARO_DISABLE:-0} != 0 || -e $__caro_off || ! -x $__caro_hook ]]
}

__caro_now() { # sets __caro_clock to microseconds since the epoch; 0 on bash < 5
    __caro_clock=${EPOCHREALTIME-0}
    __caro_clock=${__caro_clock//[!0-9]/} # the decimal mark is the locale's
}

# UUIDv7 (RFC 9562): milliseconds, then random bits. No fork.
__caro_new_session() {
    \builtin local id
    __caro_now
    if [[ $__caro_clock == 0 ]]; then
        id=$("$__caro_hook" id 2>/dev/null)
    else
        \builtin printf -v id '%012x%04x%04x%04x%04x%04x' "$((__caro_clock / 1000))" "$((0x7000 | RANDOM & 0xfff))" \
            "$((0x8000 | RANDOM & 0x3fff))" "$((RANDOM ^ RANDOM << 1))" "$((RANDOM ^ RANDOM << 1))" \
            "$((RANDOM ^ RANDOM << 1))"
        id=${id:0:8}-${id:8:4}-${id:12:4}-${id:16:4}-${id:20:12}
    fi
    \builtin export CARO_SESSION_ID="$id"
}

# Lines go to the hook in a file: a pipe would cost a second fork. Only in memory: they may hold a secret.
__caro_find_dir() {
    for __caro_dir in "${XDG_RUNTIME_DIR-}" "/dev/shm/caro-$UID" ''; do
        if [[ $__caro_dir == /* && -d $__caro_dir && -O $__caro_dir && -w $__caro_dir && ! -L $__caro_dir ]]; then break; fi
    done
}

# ---- before a line ---------------------------------------------------------------------------------------------
# Takes off what `history` writes before an entry: "    7  ", with a `*` for the first blank behind it if edited.
__caro_strip_number() {
    line=${line#"${line%%[! ]*}"}
    line=${line#"${line%%[!0-9]*}"}
    line=${line:2}
}

# With cmdhist off each physical line is an entry of its own.
__caro_read_entries() {
    \builtin local whole=''
    while IFS='' \builtin read -r line; do
        __caro_strip_number
        whole+=${whole:+$'\n'}$line
    done < <(HISTTIMEFORMAT='' \builtin history "$((HISTCMD - __caro_h))")
    line=$whole
}

__caro_is_ignored() { # whether HISTCONTROL or HISTIGNORE, had they been there, keeps $line out of the history
    \builtin local pattern rest="$__caro_ignore:"
    if [[ -n $__caro_control && $line == ' '* ]]; then return 0; fi
    while [[ -n $__caro_ignore && -n $rest ]]; do
        pattern=${rest%%:*} rest=${rest#*:}
        # shellcheck disable=SC2053  # a pattern, on purpose
        if [[ -n $pattern && $line == $pattern ]]; then return 0; fi
    done
    return 1
}

# Runs in PS0's subshell; standard output is the number that becomes __caro_r. Here the usual line alone: bash copies a
# function's whole body at each call.
__caro_preexec() {
    if [[ $__caro_p == 0 && -z $__caro_line$__caro_control$__caro_ignore && -n $__caro_dir && -o history ]] &&
        [[ ${HISTSIZE-1} != 0 && ${CARO_DISABLE:-0} == 0 ]] && ((HISTCMD - __caro_h <= 1)) &&
        HISTTIMEFORMAT='' \builtin history 1 >|"$__caro_dir/caro-line.$$"; then
        \builtin exec "$__caro_hook" preexec -g 1 -o -k -s bash -p "$$" -n "$__caro_n" -u "$__caro_until" \
            -f "$__caro_dir/caro-line.$$" -e "$__caro_status" -d "$__caro_us"
    fi
    __caro_preexec_unusual
}

# Else `set -x` prints nine lines a command, and a DEBUG trap's output gets into the number.
__caro_settle() {
    set +euvxCET
    \builtin shopt -u extdebug
    \builtin trap - DEBUG ERR RETURN
}

__caro_preexec_unusual() {
    \builtin local line='' flag=1 pipe='' file='' status="$__caro_status" us="$__caro_us" words
    words=(-o -k -s bash -p "$$" -n "$__caro_n" -u "$__caro_until")
    if ((__caro_p < 0 || __caro_p / 10**16 % 10 >= 2)) && [[ ${PROMPT_COMMAND[*]-} == *__caro_prompt* ]]; then
        # No prompt since a refusal: the rest of the same paste. Its author has not seen the refusal.
        \builtin printf 12%016d 0
        \builtin kill -INT "$$"
        return
    fi
    if ((__caro_p > 0)); then # no prompt since: the line before is told of here
        __caro_now
        status=$__caro_exit us=$((__caro_clock - __caro_p % 10**16))
    fi
    if [[ -n $__caro_line || ! -o history || ${HISTSIZE-1} == 0 ]]; then
        line=$__caro_line
        if [[ -n $line ]]; then pipe=1; else words+=(-x); fi
    elif ((HISTCMD - __caro_h > 1)) && ! \builtin shopt -q cmdhist; then
        __caro_read_entries
        pipe=1
    elif file=$__caro_dir/caro-line.$$ && [[ -n $__caro_dir ]] && HISTTIMEFORMAT='' \builtin history 1 >|"$file"; then
        words+=(-f "$file")
        if [[ -n $__caro_control$__caro_ignore ]]; then
            IFS='' \builtin read -r -d '' line <"$file"
            line=${line%$'\n'}
            __caro_strip_number
        fi
    else
        file=''
        \builtin command mkdir -m 700 "/dev/shm/caro-$UID"
        line=$(HISTTIMEFORMAT='' \builtin history 1)
        __caro_strip_number
        pipe=1
    fi
    if __caro_is_ignored; then flag=2; fi
    if __caro_is_off; then
        if [[ -n $file ]]; then : >|"$file"; fi
        \builtin printf '%d0%016d' "$flag" 0
        return
    fi
    words+=(-g "$flag" -e "$status" -d "$us")
    if [[ -n $pipe ]]; then
        \builtin printf '%s' "$line" | "$__caro_hook" preexec -i "${words[@]}"
    else
        \builtin exec "$__caro_hook" preexec "${words[@]}"
    fi
}

# bash < 4.4: the DEBUG trap comes before every simple command; the first one since the prompt brings the line.
__caro_preexec_trap() {
    \builtin local line words verdict
    if [[ $BASH_COMMAND == __caro_* || -n ${COMP_LINE-} || -n ${READLINE_LINE+x} ]]; then return 0; fi
    if ((__caro_armed)) && ! __caro_is_off; then
        __caro_armed=0 __caro_n=$((__caro_n + 1))
        line=$BASH_COMMAND
        # In a trap neither `-o history` nor HISTCMD tells anything: what `history` says now and said at the prompt do.
        words=$(HISTTIMEFORMAT='' \builtin history 1)
        if [[ $words != "$__caro_entry" ]]; then
            line=$words
            __caro_strip_number
        fi
        words=(-s bash -p "$$" -n "$__caro_n" -u "$__caro_until" -e "$__caro_status" -d "$__caro_us")
        CARO_LINE=$line "$__caro_hook" preexec "${words[@]}" 2>/dev/null
        verdict=$?
        if ((verdict >= 100)); then verdict=0; fi
        __caro_now
        __caro_r=$((10**17 + verdict * 10**16 + __caro_clock))
    fi
    # Dropped by SIGINT where nothing catches it, else command by command.
    if ((__caro_r / 10**16 % 10 < 2)); then return 0; fi
    \builtin trap - INT
    \builtin kill -INT "$$"
}

# ---- at the prompt ---------------------------------------------------------------------------------------------
# PROMPT_COMMAND's part. Each of bash's own variables that a prompt shows ($?, $_, PIPESTATUS) is given back by bash
# where this is an array's element (>= 5.1); in a string the status is handed on by `return`. Not under `set -e`,
# where that would end the shell, nor with an ERR trap, which would run once more.
__caro_prompt() { # element, or: string STATUS TRAPS
    __caro_exit=${2-$?}
    __caro_clock=${EPOCHREALTIME-0}
    __caro_clock=${__caro_clock//[!0-9]/}
    __caro_ran=0
    if ((__caro_late == 1)); then __caro_show_late; fi
    if ((__caro_n > __caro_seen)); then
        __caro_ran=1
        if ((__caro_exit == 0 && __caro_r / 10**16 % 10 == 0 && __caro_clock > __caro_r % 10**16 && __caro_r > 10**16)); then
            __caro_status=0 __caro_us=$((__caro_clock - __caro_r % 10**16))
        else
            __caro_end_line
        fi
        __caro_control='' __caro_ignore='' # PS0 gave them back
    fi
    if ((__caro_r / 10**17 == 2)); then \builtin history -d "$((HISTCMD - 1))"; fi
    if ((__caro_late)); then __caro_late=1; fi
    __caro_seen=$__caro_n __caro_r=0 __caro_line=''
    __caro_after=''
    __caro_prepare "$@"
    __caro_h=$HISTCMD
    if [[ ${1-} == string && $- != *e* ]]; then return "$__caro_exit"; fi
    return 0
}

__caro_arm() {
    __caro_armed=1
}

__caro_end_line() {
    \builtin local verdict start
    verdict=$((__caro_r < 0 ? 2 : __caro_r / 10**16 % 10)) start=$((__caro_r < 0 ? 0 : __caro_r % 10**16))
    __caro_status=$__caro_exit __caro_us=''
    if ((start > 0 && __caro_clock > start)); then __caro_us=$((__caro_clock - start)); fi
    if ((verdict % 2 == 1)); then __caro_until=$((__caro_clock / 1000000 + 30)); fi
    if ((verdict >= 4)); then __caro_place "$("$__caro_hook" transform -s bash -p "$$" -n "$__caro_n")"; fi
    # A refused line did not run; ^C and ^Z are no failures.
    if ((verdict >= 2 || __caro_exit == 0 || __caro_exit == 130 || __caro_exit == 148)) || __caro_is_off; then return; fi
    "$__caro_hook" postexec -s bash -p "$$" -n "$__caro_n" -e "$__caro_exit" -d "$__caro_us" -u "$__caro_until"
    verdict=$?
    if ((verdict == 1 || verdict == 3)); then __caro_until=$((__caro_clock / 1000000 + 30)); fi
    __caro_late=$((verdict == 2 || verdict == 3 ? 2 : 0))
}

__caro_show_late() {
    __caro_late=0
    if ! __caro_is_off; then "$__caro_hook" late -s bash -p "$$" -n "$__caro_n"; fi
    if (($? == 2)); then __caro_late=1; fi
}

# bash < 4.4: our DEBUG trap with the person's behind it. A sourced file doesn't see theirs: so at the prompt.
__caro_hold_debug() { # TEXT: what `trap -p INT DEBUG` printed
    \builtin local words index text=__caro_preexec_trap
    __caro_entry=$(HISTTIMEFORMAT='' \builtin history 1)
    if [[ $1 == *__caro_preexec_trap* ]]; then return; fi
    \builtin eval "words=($1)"
    for ((index = 3; index < ${#words[@]}; index += 4)); do
        if [[ ${words[index]} == DEBUG ]]; then text+=$' && {\n'${words[index - 1]}$'\n}'; fi
    done
    # shellcheck disable=SC2064  # the text is finished here
    \builtin trap "$text" DEBUG
}

# What has to be so when the next line is read; all of it can have been changed by the line before.
__caro_prepare() {
    if ((!__caro_ps0)); then
        __caro_hold_debug "${3-}"
        return
    fi
    if [[ -z $__caro_dir || ! -d $__caro_dir ]]; then __caro_find_dir; fi
    if [[ ${PROMPT_COMMAND-} == *history* ]]; then __caro_go_before_history; fi
    if [[ $PS0 != *__caro_preexec* ]]; then PS0+=$__caro_ps0_text; fi
    if [[ -n ${HISTCONTROL-}${HISTIGNORE-} ]]; then __caro_uncover_history; fi
    __caro_watch_interrupts "$@"
    if [[ $__caro_macro == 1 || ! -o history || ${HISTSIZE-1} == 0 ]]; then __caro_choose_macro; fi
}

# Somebody's `history -a` in the same list writes the entry that is deleted here, unless this comes before.
__caro_go_before_history() {
    if [[ ${PROMPT_COMMAND-} == *history* && ${PROMPT_COMMAND-} != *__caro_prompt* ]]; then
        # shellcheck disable=SC2178  # element 0 of an array, or a string
        PROMPT_COMMAND="{ ${__caro_prompt_text}__caro_return; } >/dev/null 2>&1; $PROMPT_COMMAND"
    fi
}

__caro_return() {
    if [[ $- == *e* ]]; then return 0; fi
    return "$__caro_exit"
}

# HISTCONTROL=ignorespace and HISTIGNORE would keep the text from the hook too: they are taken away while a line is
# read, given back by PS0 before it runs, and the entry is deleted at the next prompt. PS0 can assign where nothing
# stands, so the value is emptied; the other words of HISTCONTROL (ignoredups) go on working, since bash re-reads the
# variable when it is assigned, but not when `printf -v` fills element 0.
__caro_uncover_history() {
    \builtin local rest
    if [[ -n ${HISTCONTROL-} && ${HISTCONTROL@a} == *a* ]]; then # an array of ours, made at an earlier prompt
        rest=$HISTCONTROL
        if [[ ${HISTCONTROL@a} == *x* ]]; then
            \builtin unset -v HISTCONTROL
            \builtin export HISTCONTROL
        else
            \builtin unset -v HISTCONTROL
        fi
        HISTCONTROL=$rest
    fi
    case ${HISTCONTROL-} in
    *ignorespace* | *ignoreboth*)
        __caro_control=$HISTCONTROL
        rest=:$HISTCONTROL:
        rest=${rest//:ignoreboth:/:ignoredups:}
        rest=${rest//:ignorespace:/:}
        rest=${rest#:} # bash stops at an empty word
        HISTCONTROL=${rest%:} __caro_whole=$__caro_control __caro_left=''
        if [[ -n $HISTCONTROL && ${HISTCONTROL@a} == *x* ]]; then
            __caro_left=$HISTCONTROL # an array is never exported: the person's children see the other words alone
        elif [[ -n $HISTCONTROL ]]; then
            \builtin printf -v 'HISTCONTROL[0]' ''
        fi
        ;;
    "${__caro_left:-x}") __caro_control=$__caro_whole ;;
    esac
    if [[ -n ${HISTIGNORE-} ]]; then
        __caro_ignore=$HISTIGNORE
        HISTIGNORE=''
    fi
}

# An INT trap would swallow the SIGINT that drops a line. So it is taken away while a line is read, and a DEBUG trap,
# which comes before the first simple command of a line that may run, gives it back and goes. (A DEBUG trap that
# refuses commands itself, by extdebug, misses subshells, slows every loop down and vetoes the prompt's own code.)
# A DEBUG trap can be read outside of functions only: PROMPT_COMMAND runs what is left in __caro_after.
__caro_watch_interrupts() {
    if [[ -n $__caro_traps ]]; then # nothing ran that gave it back
        if ((__caro_exit == 130 && !__caro_ran)); then __caro_after=$__caro_on_int; fi
        return
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

__caro_take_traps() { # TEXT: what `trap -p INT DEBUG` printed
    \builtin local words
    if [[ $1 != *SIGINT* ]]; then return; fi
    __caro_traps=$1
    \builtin eval "words=($1)"
    __caro_on_int=${words[2]}
    \builtin trap - INT
    words[7]=$__caro_give_back
    if [[ -n ${words[6]-} ]]; then words[7]+=$'\n'${words[6]}; fi
    # shellcheck disable=SC2064  # the text is finished here
    \builtin trap "${words[7]}" DEBUG
}

# Only in a line (its number is above the last one that ended): other prompt tools and keys run commands too.
# shellcheck disable=SC2016  # evaluated by the trap
__caro_give_back='if ((__caro_n > __caro_seen)) && [[ -n $__caro_traps ]]; then
\builtin trap - DEBUG; \builtin eval "$__caro_traps"; __caro_traps=""; fi'

# ---- keys ------------------------------------------------------------------------------------------------------
# Where history keeps no text (set +o history, HISTSIZE=0), Enter takes the line along. Only there: the prompt is
# drawn twice.
__caro_choose_macro() {
    \builtin local wanted=0 map
    if [[ ! -o history || ${HISTSIZE-1} == 0 ]]; then wanted=1; fi
    if ((wanted == __caro_macro)) || [[ ! -o emacs && ! -o vi ]]; then return; fi
    __caro_macro=$wanted
    for map in emacs vi-insert vi-command; do
        if ((wanted)); then
            \builtin bind -m "$map" -x '"\C-x\C-]": __caro_take_line'
            \builtin bind -m "$map" '"\C-x\C-^": accept-line'
            \builtin bind -m "$map" '"\C-m": "\C-x\C-]\C-x\C-^"'
            \builtin bind -m "$map" '"\C-j": "\C-x\C-]\C-x\C-^"'
        else
            \builtin bind -m "$map" '"\C-m": accept-line'
            \builtin bind -m "$map" '"\C-j": accept-line'
            \builtin bind -m "$map" -r '\C-x\C-^'
            \builtin bind -m "$map" -r '\C-x\C-]'
        fi
    done
}

__caro_take_line() {
    __caro_line+=${__caro_line:+$'\n'}$READLINE_LINE
}

__caro_fix() { # the last fix, into an empty line, for review
    \builtin local text
    if [[ -n $READLINE_LINE ]] || __caro_is_off; then return; fi
    if text=$("$__caro_hook" fix -s bash -p "$$" -n "$__caro_n" 2>/dev/null) && [[ -n $text ]]; then
        READLINE_LINE=$text READLINE_POINT=99999
    fi
}

__caro_ask() { # Caro's own prompt over the line, which it gives back
    \builtin local text
    if __caro_is_off; then return; fi
    if text=$(CARO_LINE=$READLINE_LINE \builtin command caro prompt 2>/dev/tty); then
        READLINE_LINE=$text READLINE_POINT=99999
    fi
}

# C-x C-e (and v) run what was edited past PS0: edit only, Enter runs it.
__caro_edit() {
    \builtin local file editor="${VISUAL:-${EDITOR:-vi}}"
    if ! file=$(\builtin command mktemp "${TMPDIR:-/tmp}/caro-edit.XXXXXX"); then return; fi
    \builtin printf '%s\n' "$READLINE_LINE" >|"$file"
    \builtin eval "$editor"' "$file"' </dev/tty >/dev/tty 2>&1
    IFS='' \builtin read -r -d '' READLINE_LINE <"$file"
    READLINE_LINE=${READLINE_LINE%$'\n'} READLINE_POINT=99999
    \builtin command rm -f "$file"
}

# A changed line goes into the next prompt: readline only takes text from a key, so the terminal is asked for its
# status and the answer (ESC [ 0 n) is the key. The hook waits until it is there, with echo off.
__caro_place() {
    if [[ -z $1 ]]; then return; fi
    __caro_placed=$1
    if [[ -o emacs || -o vi ]] && "$__caro_hook" place 2>/dev/null; then return; fi
    \builtin printf 'caro: changed line: %s\n' "$1" >/dev/tty
    \builtin history -s -- "$1"
}

__caro_take_placed() {
    if [[ -z $READLINE_LINE ]]; then READLINE_LINE=$__caro_placed READLINE_POINT=99999; fi
    __caro_placed=''
}

# A key that somebody bound is never taken; readline's own binding of ESC ESC (complete) is nobody's.
__caro_bind() { # KEY FUNCTION
    \builtin local map
    if [[ -z $1 || $__caro_bound == *"\"$1\""* ]]; then return; fi
    for map in emacs vi-insert; do \builtin bind -m "$map" -x "\"$1\": $2"; done
}

# Not `bind -p`, which takes 3 ms: macros, commands and what the person's inputrc says of keys.
__caro_bind_keys() {
    \builtin local line file="$__caro_dir/caro-line.$$"
    if [[ ! -o emacs && ! -o vi ]]; then return; fi
    __caro_bound=''
    if [[ -n $__caro_dir ]] && { \builtin bind -s; \builtin bind -X; \builtin bind -q complete; } >|"$file"; then
        while IFS='' \builtin read -r line; do __caro_bound+=$line$'\n'; done <"$file"
        \builtin bind -q edit-and-execute-command >|"$file"
        IFS='' \builtin read -r line <"$file"
    else
        __caro_bound=$(\builtin bind -s; \builtin bind -X; \builtin bind -q complete)
        line=$(\builtin bind -q edit-and-execute-command)
    fi
    # complete can be invoked via "\C-i", "\e\e\000".
    if [[ $__caro_bound == *'complete can be invoked via'*'"\e\e'* ]]; then
        __caro_bound=${__caro_bound%complete can be*}
    else
        __caro_bound+='"\e\e"'
    fi
    if [[ -r ${INPUTRC:-$HOME/.inputrc} ]]; then
        while IFS='' \builtin read -r file; do __caro_bound+=$file$'\n'; done <"${INPUTRC:-$HOME/.inputrc}"
    fi
    __caro_bind "$__caro_ask_key" __caro_ask
    __caro_bind "$__caro_fix_key" __caro_fix
    if [[ $__caro_fix_key != '\C-x\C-f' ]]; then __caro_bind '\C-x\C-f' __caro_fix; fi
    if [[ $line == *'"\C-x\C-e"'* ]]; then \builtin bind -m emacs -x '"\C-x\C-e": __caro_edit'; fi
    \builtin bind -m vi-command -x '"v": __caro_edit'
    __caro_bind '\e[0n' __caro_take_placed
    __caro_bound=''
}

# ---- start -----------------------------------------------------------------------------------------------------
# The hook's last act is one number on standard output: flags digit (option -g), verdict digit, end time. Arithmetic
# in a subscript assigns in this very shell. `10#0`: the empty output of a killed hook is 0. A subshell has a DEBUG,
# ERR or RETURN trap under `set -ET` alone.
# shellcheck disable=SC2016  # expanded by PS0
__caro_ps0_text='${__caro_e%%${__caro_e/${__caro_control:+${HISTCONTROL:=$__caro_control}}${__caro_ignore:+${HISTIGNORE:=$__caro_ignore}}/}*}'
# shellcheck disable=SC2016
__caro_ps0_text+='${__caro_z[__caro_p=__caro_r,__caro_r=-1,__caro_n+=1,0]-}'
# shellcheck disable=SC2016
__caro_ps0_text+='${__caro_z[__caro_r=10#0$({ __caro_exit=$?; if [[ $- == *[euvxCET]* ]]; then __caro_settle; fi; } >/dev/null 2>&1; __caro_preexec 2>/dev/null),0]-}'

# shellcheck disable=SC2016  # run at the prompt
__caro_prompt_text='__caro_prompt element; ${__caro_after:+builtin eval "$__caro_after"}; '

# In an array, and not in its element 0: `PROMPT_COMMAND=...` in an rc file writes there. An exported one stays a
# string, or children would not see it any more.
__caro_install_prompt() {
    # shellcheck disable=SC2016,SC2178,SC2128  # the text is evaluated at the prompt; string and array in one
    if [[ "${PROMPT_COMMAND[*]-}" == *__caro_prompt* ]]; then
        return
    elif ((__caro_ps0 && BASH_VERSINFO[0] * 100 + BASH_VERSINFO[1] >= 501)) && [[ ${PROMPT_COMMAND@a} != *x* ]]; then
        PROMPT_COMMAND[0]=${PROMPT_COMMAND[0]-}
        PROMPT_COMMAND+=("{ $__caro_prompt_text} >/dev/null 2>&1")
        __caro_go_before_history
    else
        PROMPT_COMMAND='{ __caro_prompt string "$?" "$(\builtin trap -p INT DEBUG)"; } >/dev/null 2>&1'"${PROMPT_COMMAND:+$'\n'$PROMPT_COMMAND}"
        # The DEBUG trap takes the next command for a new line's first: armed when all of the list has run.
        # shellcheck disable=SC2179  # a string here
        if ((!__caro_ps0)); then PROMPT_COMMAND+=$'\n{ __caro_arm; } >/dev/null 2>&1'; fi
    fi
}

if [[ -z ${CARO_RUN-} || ${CARO_RUN-} != "${CARO_SESSION_ID-}" ]]; then
    __caro_new_session
    \builtin unset -v CARO_PARENT_ID
fi
__caro_find_dir
__caro_bind_keys 2>/dev/null
__caro_install_prompt
if ((__caro_ps0)); then
    PS0=${PS0-}$__caro_ps0_text
fi

fi
