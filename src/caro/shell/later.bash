# shellcheck shell=bash
# The rest of Caro for bash: what a usual line never calls. init.bash reads this when the first of it is called, so that
# starting a shell does not wait for it.
# shellcheck disable=SC2034,SC2154  # the variables are those of init.bash

# ---- before a line ----------------------------------------------------------------------------------------------------
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

# ---- at the prompt ----------------------------------------------------------------------------------------------------
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

# ---- keys -------------------------------------------------------------------------------------------------------------
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
