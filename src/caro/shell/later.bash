# shellcheck shell=bash
# The rest of Caro for bash: what a usual line never calls. init.bash reads this when the first of it is called, so that
# starting a shell does not wait for it.
# shellcheck disable=SC2034,SC2154,SC2128,SC2178,SC2179  # the variables are those of init.bash; PROMPT_COMMAND: string, array

# ---- before a line ----------------------------------------------------------------------------------------------------
# Takes off what `history` writes before an entry: "    7  ", with a `*` for the first blank behind it if edited.
__caro_strip_number() {
    _line=${_line#"${_line%%[! ]*}"}
    _line=${_line#"${_line%%[!0-9]*}"}
    _line=${_line:2}
}

__caro_say() { # TEXT; on the terminal, whatever is redirected here
    { \builtin printf 'caro: %s\n' "$1" >/dev/tty; } 2>/dev/null
}

# The last history entry as `_line`. Where HISTTIMEFORMAT can't be emptied, the time that stands before it is one of the
# last hour's.
__caro_read_entry() {
    \builtin local _start _text
    if \builtin printf -v HISTTIMEFORMAT %s '' || [[ -z ${HISTTIMEFORMAT-} ]]; then
        _line=$(\builtin history 1)
        __caro_strip_number
        \builtin return
    fi
    _line=$(\builtin history 1)
    __caro_strip_number
    __caro_now
    for ((_start = __caro_clock / 1000000; _start > __caro_clock / 1000000 - 3600; _start--)); do
        \builtin printf -v _text "%($HISTTIMEFORMAT)T" "$_start"
        if [[ $_line == "$_text"* ]]; then
            _line=${_line#"$_text"}
            \builtin return
        fi
    done
} 2>/dev/null

# With cmdhist off each physical line is an entry of its own.
__caro_read_entries() {
    \builtin local _whole=''
    while IFS='' \builtin read -r _line; do
        __caro_strip_number
        _whole+=${_whole:+$'\n'}$_line
    done <<<"$(HISTTIMEFORMAT='' \builtin history "$((HISTCMD - __caro_h))")"
    _line=$_whole
}

__caro_is_ignored() { # whether HISTCONTROL or HISTIGNORE, had they been there, keeps $line out of the history
    \builtin local _pattern _rest="$__caro_ignore:"
    if [[ -n $__caro_control && $_line == ' '* ]]; then \builtin return 0; fi
    while [[ -n $__caro_ignore && -n $_rest ]]; do
        _pattern=${_rest%%:*} _rest=${_rest#*:}
        # shellcheck disable=SC2053  # a pattern, on purpose
        if [[ -n $_pattern && $_line == $_pattern ]]; then \builtin return 0; fi
    done
    \builtin return 1
}

__caro_preexec_unusual() {
    \builtin local _line='' _flag=1 _pipe='' _how='' _file='' _status="$__caro_status" _us="$__caro_us" _words
    if [[ ${HOME-} != "$__caro_home" ]]; then \builtin export HOME="$__caro_home"; fi
    _words=("-ok${__caro_history:+h}" -s bash -p "$$" -n "$__caro_n" -u "$__caro_until")
    if ((__caro_no_prompt == 0 && (__caro_p < 0 || __caro_p / 10**16 % 10 >= 2))) && [[ ${PROMPT_COMMAND[*]-} == *__caro_prompt* ]]; then
        # No prompt since a refusal: the rest of the same paste. Its author has not seen the refusal.
        \builtin printf 12%016d 0
        \builtin kill -INT "$$"
        \builtin return
    fi
    if ((__caro_p > 0)); then # no prompt since: the line before is told of here
        __caro_now
        _status=$__caro_exit _us=$((__caro_clock - __caro_p % 10**16))
    fi
    if [[ -n $__caro_line || ! -o history || ${HISTSIZE-1} == 0 ]]; then
        _line=$__caro_line
        if [[ -n $_line ]]; then _pipe=1; else _words+=(-x); fi
    elif ((HISTCMD - __caro_h > 1)) && ! \builtin shopt -q cmdhist; then
        __caro_read_entries
        _pipe=1
    elif _file=$__caro_dir/caro-line.$$ && [[ -n $__caro_dir ]] && \builtin printf -v HISTTIMEFORMAT %s '' &&
        \builtin history 1 >|"$_file" && [[ -s $_file ]]; then
        _words+=(-f "$_file")
        if [[ -n $__caro_control$__caro_ignore ]]; then
            \builtin read -r -d '' <"$_file"
            _line=${REPLY%$'\n'}
            __caro_strip_number
        fi
    else
        _file=''
        if [[ ! -e /dev/shm/caro-$UID ]]; then \builtin command mkdir -m 700 "/dev/shm/caro-$UID"; fi
        __caro_read_entry
        _pipe=1
    fi
    if __caro_is_ignored; then _flag=2; fi
    if [[ ${BASH_ALIASES[*]-} == *fc* && -n $_file ]] && ! __caro_is_off; then # the hook can't tell what they stand for
        \builtin : >|"$_file"
        \builtin return
    fi
    if __caro_is_off; then
        if [[ -n $_file ]]; then \builtin : >|"$_file"; fi
        \builtin printf '%d0%016d' "$_flag" 0
        \builtin return
    fi
    _words+=(-g "$_flag" -e "$_status" -d "$_us")
    if [[ -n $_pipe ]]; then
        __caro_add_reruns
        \builtin printf '%s' "$_line" | "$__caro_hook" preexec "${_how:--i}" "${_words[@]}"
    else
        \builtin exec "$__caro_hook" preexec "${_words[@]}"
    fi
}

# The hook before this one ended without a word: killed, not startable, or its line could not be written. Nothing of
# what it may have stumbled over is used: no file, no daemon, the compiled table and the person's own rules alone. But
# a line that runs others again (`fc`) is sent back on purpose: here it is known which.
__caro_preexec_again() {
    \builtin local _line="$__caro_line" _flag=1 _how='' _until=99999999999 _said _words
    \builtin trap '' XFSZ
    if [[ ${HOME-} != "$__caro_home" ]]; then \builtin export HOME="$__caro_home"; fi
    if [[ -z $_line && -o history && ${HISTSIZE-1} != 0 ]]; then __caro_read_entry; fi
    if __caro_is_ignored; then _flag=2; fi
    if ! __caro_is_off; then
        if __caro_add_reruns; then _until=$__caro_until; fi
        _words=("-o${__caro_history:+h}" -s bash -p "$$" -n "$__caro_n" -u "$_until" -e "$__caro_status" -d "$__caro_us")
        if [[ $__caro_way != deaf ]]; then _words+=(-k); fi
        _said=$(\builtin printf '%s' "$_line" | "$__caro_hook" preexec "${_how:--i}" -o -g "$_flag" "${_words[@]}")
        if [[ $_said != [123][0-9]* && $_until != 99999999999 ]]; then
            _said=$(\builtin printf '%s' "$_line" | "$__caro_hook" preexec "${_how:--i}" -o -g "$_flag" "${_words[@]}" -u 99999999999)
        fi
        if [[ $_said == [123][0-9]* ]]; then
            \builtin printf %s "$_said"
            \builtin return
        fi
        __caro_say "nobody could judge this line: $__caro_hook did not answer (caro doctor says why)"
    fi
    \builtin printf '%d0%016d' "$_flag" 0
}

# Adds to $_line what `fc`, or an alias of it, will run again, as lines of their own; where an editor decides, nobody
# knows: _how=-x. False where the line has none. In a subshell: it sets -f.
__caro_add_reruns() {
    \builtin local IFS=$' \t\n' _rest _part _words _found=1
    if [[ $_line != *fc* && ${BASH_ALIASES[*]-} != *fc* ]]; then \builtin return 1; fi
    \builtin set -f
    _rest=${_line//[;&|(){\}\`]/$'\n'}
    while [[ -n $_rest ]]; do
        _part=${_rest%%$'\n'*}
        _rest=${_rest#"$_part"}
        _rest=${_rest#$'\n'}
        _part=${_part//[\"\'\\]/}
        # shellcheck disable=SC2206  # split, on purpose
        _words=($_part)
        while :; do
            case ${_words[0]-} in
            *=* | builtin | command | '!' | time | if | while | until | then | do | else | elif) _words=("${_words[@]:1}") ;;
            *) \builtin break ;;
            esac
        done
        # shellcheck disable=SC2206
        if [[ -n ${_words[0]-} && -n ${BASH_ALIASES[${_words[0]}]-} ]]; then _words=(${BASH_ALIASES[${_words[0]}]} "${_words[@]:1}"); fi
        if [[ ${_words[0]-} == fc ]]; then
            _found=0
            __caro_add_rerun "${_words[@]:1}"
        fi
    done
    \builtin return "$_found"
}

__caro_add_rerun() { # ARGUMENT of fc...
    \builtin local _direct='' _changes _from _text _change
    _changes=() _from=()
    while (($#)); do
        case $1 in
        -s) _direct=x ;;
        -e)
            if [[ ${2-} == - ]]; then _direct=x; fi
            \builtin shift
            ;;
        -[!0-9]*l* | -l*) \builtin return 0 ;;
        -[0-9]*) _from+=("$1") ;;
        -*) ;;
        *=*) if ((${#_from[@]})); then _from+=("$1"); else _changes+=("$1"); fi ;;
        *) _from+=("$1") ;;
        esac
        \builtin shift || \builtin break
    done
    if [[ -z $_direct ]]; then
        _how=-x
        \builtin return
    fi
    _text=$(\builtin fc -ln "${_from[0]:--1}" "${_from[0]:--1}" 2>/dev/null)
    for _change in "${_changes[@]}"; do
        if [[ -n ${_change%%=*} ]]; then _text=${_text//"${_change%%=*}"/"${_change#*=}"}; fi
    done
    _line+=$'\n'${_text#"${_text%%[![:space:]]*}"}
}

# Way `trap`: a DEBUG trap comes before every simple command; the first one since the prompt brings the line, which is
# judged once. Where the history has no new entry (it is off, or a key's command runs), each command is judged by
# itself: to take one for the whole line would let the rest of it run. A line is refused command by command: with
# extdebug what the trap fails for is skipped. functrace lets it see subshells too, until the line may run; a line that
# begins in one is judged there.
__caro_preexec_trap() {
    \builtin local _exit=$? _said _line
    # shellcheck disable=SC2016  # the very text of our command
    case $BASH_COMMAND in
    '__caro_exit=$?')
        __caro_stop_refusing
        \builtin return 0
        ;;
    __caro_* | '\builtin trap -p INT DEBUG') \builtin return 0 ;;
    esac
    if [[ ${FUNCNAME[1]-} == __caro_* || -n ${COMP_LINE-} || -n ${READLINE_LINE+x} ]]; then \builtin return 0; fi
    if ((__caro_armed)) && ! __caro_is_off; then
        # In a trap neither `-o history` nor HISTCMD tells anything: what `history` says now and said at the prompt do.
        _said=$(__caro_last_entry)
        if [[ $_said != "$__caro_entry" ]]; then
            __caro_entry=$_said
            _line=$_said
            __caro_strip_number
            # What `fc` runs again passes the trap, too.
            if __caro_is_of_line && [[ $_line != *fc* && $(\builtin alias) != *fc* ]]; then __caro_armed=0; fi
            __caro_judge_trapped "$_line"
        fi
        if ((__caro_armed && __caro_r / 10**16 % 10 < 2)) && __caro_runs_something; then __caro_judge_trapped "$BASH_COMMAND"; fi
        __caro_give_history
    fi
    if ((__caro_r / 10**16 % 10 >= 2)); then
        __caro_skip
        \builtin return
    fi
    if ((__caro_traced && !__caro_armed)); then
        __caro_traced=0
        \builtin set +T
    fi
    \builtin return 0
}

__caro_last_entry() { HISTTIMEFORMAT='' \builtin history 1; } 2>/dev/null # readonly: none, each command is judged

# Whether the command is one of $_line: others may write to the history as well (`history -n` at the prompt).
__caro_is_of_line() {
    \builtin local _first="${BASH_COMMAND%%[[:space:];]*}" _word="${_line#"${_line%%[![:space:]]*}"}"
    case $BASH_COMMAND in '(('*) \builtin return 0 ;; esac # what a loop's heading is printed as
    [[ $_line == *"$_first"* || $(\builtin alias "${_word%%[[:space:];]*}" 2>/dev/null) == *"='$_first"* ]]
}

# Whether the command is worth a question of its own: headings run nothing by themselves, and what a prompt's own
# $(...) runs is part of no line.
__caro_runs_something() {
    \builtin local _first="${FUNCNAME[${#FUNCNAME[@]} - 1]}"
    case $BASH_COMMAND in
    'for '* | 'select '* | 'case '* | '(('* | '[['*) \builtin return 1 ;;
    esac
    if [[ $_first == __caro_* ]]; then _first=${BASH_COMMAND%%[[:space:];]*}; fi
    if ((BASH_SUBSHELL)) && [[ ${PS1-}${PS2-}${PS4-} == *[\(\`\ ]"$_first"* ]]; then \builtin return 1; fi
    [[ $__caro_judged != *$'\n'"$BASH_COMMAND"$'\n'* ]]
}

__caro_judge_trapped() { # LINE; the caller's _exit is $? before it
    if ((__caro_n > __caro_seen)); then __caro_status=$_exit __caro_us=''; fi # a command of the same line, by itself
    __caro_judged+=$'\n'$1$'\n'
    __caro_judge_text "$1"
}

# Sets __caro_r, from a pipe: for the ways that have no PS0.
__caro_judge_text() { # LINE
    \builtin local _words _verdict _flag=$((__caro_r / 10**17 == 3 ? 3 : 1))
    __caro_n=$((__caro_n + 1)) __caro_r=0
    _words=(-i -s bash -p "$$" -n "$__caro_n" -u "$__caro_until" -e "$__caro_status" -d "$__caro_us")
    \builtin printf %s "$1" | (__caro_ask_hook "${_words[@]}" 2>/dev/null)
    _verdict=$?
    if ((_verdict >= 100)); then
        \builtin printf %s "$1" | (__caro_ask_hook "${_words[@]}" -u 99999999999 2>/dev/null)
        _verdict=$?
    fi
    if ((_verdict >= 100)); then
        __caro_say "nobody could judge this line: $__caro_hook did not answer (caro doctor says why)"
        _verdict=0
    fi
    if [[ -n $__caro_history && $__caro_way == trap ]] && \builtin printf %s "$1" | "$__caro_hook" redact -i >/dev/null 2>&1; then _flag=3; fi
    __caro_now
    __caro_r=$((_flag * 10**17 + _verdict * 10**16 + __caro_clock))
}

__caro_ask_hook() { # OPTION...; in a subshell
    if [[ ${HOME-} != "$__caro_home" ]]; then \builtin export HOME="$__caro_home"; fi
    "$__caro_hook" preexec "$@"
}

# HISTCONTROL and HISTIGNORE would keep lines from the trap: they are taken away while a line is read, and given back
# before its first command. What they would have kept out is deleted at the next prompt.
__caro_take_history() {
    __caro_held=0
    if [[ -z ${HISTCONTROL-}${HISTIGNORE-} || ! -o history ]]; then \builtin return; fi
    __caro_control=${HISTCONTROL-} __caro_ignore=${HISTIGNORE-} __caro_held=1
    \builtin printf -v HISTCONTROL %s ''
    \builtin printf -v HISTIGNORE %s ''
} 2>/dev/null

__caro_give_history() {
    if ((__caro_held != 1)); then \builtin return; fi
    __caro_held=2
    if [[ -n $__caro_control ]]; then \builtin printf -v HISTCONTROL %s "$__caro_control"; fi
    if [[ -n $__caro_ignore ]]; then \builtin printf -v HISTIGNORE %s "$__caro_ignore"; fi
} 2>/dev/null

# At the prompt. A line that only subshells ran was judged in them: it has a number here too.
__caro_end_trapped() {
    \builtin local _said _line _number
    _said=$(__caro_last_entry)
    if ((__caro_armed)) && [[ $_said != "$__caro_entry" ]]; then __caro_n=$((__caro_n + 1)) __caro_r=0; fi
    if ((__caro_held)); then
        __caro_give_history
        _line=$_said
        __caro_strip_number
        _number=${_said%%"$_line"}
        if [[ $_said != "$__caro_before" ]] && __caro_is_unwanted; then \builtin history -d "${_number//[!0-9]/}"; fi
    fi
    __caro_control='' __caro_ignore='' __caro_held=0 __caro_judged='' __caro_armed=0
}

# Whether HISTCONTROL or HISTIGNORE keeps $_line, the newest entry, out of the history.
__caro_is_unwanted() {
    \builtin local _before="$_line"
    _line=$__caro_before
    __caro_strip_number
    if [[ $__caro_control == *ignoredups* || $__caro_control == *ignoreboth* || $__caro_control == *erasedups* || :$__caro_ignore: == *':&:'* ]] && [[ $_line == "$_before" ]]; then
        \builtin return 0
    fi
    _line=$_before
    case $__caro_control in *ignorespace* | *ignoreboth*) ;; *) __caro_control='' ;; esac
    __caro_is_ignored
}

# Way `deaf`: PS0 has judged the line, and nothing dropped it.
__caro_refuse() {
    # shellcheck disable=SC2016  # the very text of our command
    case $BASH_COMMAND in
    '__caro_exit=$?')
        __caro_stop_refusing
        \builtin return 0
        ;;
    __caro_* | '\builtin trap -p INT DEBUG') \builtin return 0 ;;
    esac
    if [[ ${FUNCNAME[1]-} == __caro_* ]] || ((__caro_n <= __caro_seen)); then \builtin return 0; fi
    __caro_skip
}

# What the trap fails for is skipped. 2: break the loop that it stands in, too, which would go on for ever; but not from
# the heading of a loop: that `break` would be left over. A subshell of a refused line just ends.
__caro_skip() {
    if ((BASH_SUBSHELL)); then \builtin exit 130; fi
    if ((!__caro_skipped)); then __caro_own_flags=$-; fi
    \builtin shopt -s extdebug
    __caro_skipped=$((__caro_skipped + 1))
    case $BASH_COMMAND in
    'for '* | 'select '* | 'case '* | '(('*) \builtin return 1 ;;
    esac
    \builtin return $((__caro_skipped > 20 ? 2 : 1))
}

# extdebug goes, and takes functrace and errtrace along: the person's come back.
__caro_stop_refusing() {
    if ((__caro_skipped && !__caro_own_debug)); then
        \builtin shopt -u extdebug
        if [[ $__caro_own_flags == *E* ]]; then \builtin set -E; fi
        if [[ $__caro_own_flags == *T* ]]; then \builtin set -T; fi
    fi
    __caro_skipped=0
    if ((__caro_traced)); then \builtin set +T; fi
    __caro_traced=0
}

# ---- at the prompt ----------------------------------------------------------------------------------------------------
__caro_end_line() {
    \builtin local _verdict _start
    _verdict=$((__caro_r < 0 ? 2 : __caro_r / 10**16 % 10)) _start=$((__caro_r < 0 ? 0 : __caro_r % 10**16))
    __caro_status=$__caro_exit __caro_us=''
    if ((_start > 0 && __caro_clock > _start)); then __caro_us=$((__caro_clock - _start)); fi
    if ((_verdict % 2 == 1)); then __caro_until=$((__caro_clock / 1000000 + 30)); fi
    if ((_verdict >= 4)); then __caro_place "$("$__caro_hook" transform -s bash -p "$$" -n "$__caro_n")"; fi
    # Whoever dropped the line left 130, or the status that stood there; anything else is that of what ran all the same.
    if ((_verdict >= 2 && __caro_exit != 130 && (__caro_exit < 128 || __caro_exit != __caro_before_line))) && [[ $__caro_way == ps0 && $__caro_no_prompt == 0 ]]; then __caro_change_way; fi
    # A refused line did not run; ^C and ^Z are no failures; of a success that took a second there may be something to say.
    if ((_verdict >= 2 || (__caro_exit == 0 && ${__caro_us:-0} < 1000000) || __caro_exit == 130 || __caro_exit == 148)) || __caro_is_off; then \builtin return; fi
    __caro_tell postexec
    _verdict=$?
    if ((_verdict == 1 || _verdict == 3)); then __caro_until=$((__caro_clock / 1000000 + 30)); fi
    __caro_late=$((_verdict == 2 || _verdict == 3 ? 2 : 0))
}

# Calls caro-hook for the last line, without a copy of this shell where that can be had.
__caro_tell() { # COMMAND
    \builtin local _status _until="$__caro_until"
    __caro_asks=$1
    _status=${__caro_tells--1}
    __caro_asks=''
    if ((_status < 0)); then
        if [[ $1 == late ]]; then _until=0; fi # whatever the breaker says
        "$__caro_hook" "$1" -s bash -p "$$" -n "$__caro_n" -u "$_until" -e "$__caro_exit" -d "$__caro_us"
        _status=$?
    fi
    \builtin return "$_status"
}

# The line that just ended holds a secret: it leaves the list, which bash writes to HISTFILE when it likes (at exit, at a
# hangup before any trap, at `history -a`). The fix key gives it back.
__caro_hide_entry() {
    \builtin local _line='' _text _index
    _index=$((HISTCMD - 1))
    if ((_index < __caro_h)); then \builtin return; fi # ignoredups, or no history
    if \builtin shopt -q cmdhist; then
        _line=$(HISTTIMEFORMAT='' \builtin history 1)
        __caro_strip_number
        \builtin history -d "$_index"
    else
        __caro_read_entries
        for (( ; _index >= __caro_h; _index--)); do \builtin history -d "$_index"; done
    fi
    __caro_hidden=$_line
    if [[ $__caro_history == mask ]] && _text=$(\builtin printf %s "$_line" | "$__caro_hook" redact -i 2>/dev/null); then
        \builtin history -s -- "$_text"
    fi
}

__caro_show_late() {
    __caro_late=0
    if ! __caro_is_off; then __caro_tell late; fi
    if (($? == 2)); then __caro_late=1; fi
}

# Ways `trap` and `deaf`: our DEBUG trap with the person's behind it. A sourced file doesn't see theirs: so at the prompt.
# `break` ends the loops that a refused line is in: where every command is skipped, `while :` would go on for ever.
__caro_hold_debug() { # TEXT: what `trap -p INT DEBUG` printed
    \builtin local _words _index _text
    __caro_own_debug=0
    if \builtin shopt -q extdebug; then __caro_own_debug=1; fi
    if [[ $1 == *__caro_* ]]; then \builtin return; fi
    __caro_theirs=''
    \builtin eval "_words=($1)"
    for ((_index = 3; _index < ${#_words[@]}; _index += 4)); do
        if [[ ${_words[_index]} == DEBUG && ${_words[_index - 1]} != - ]]; then __caro_theirs=${_words[_index - 1]}; fi
    done
    # shellcheck disable=SC2016  # run by the trap
    if [[ $__caro_way == trap ]]; then
        _text='__caro_preexec_trap || { (($? == 2)) && ! \builtin break 999 2>/dev/null; ! \builtin :; }'
        if [[ -n $__caro_theirs ]]; then _text+=$' && {\n'$__caro_theirs$'\n}'; fi
    else
        _text='if ((__caro_n > __caro_seen && __caro_r / 10**16 % 10 < 2)); then \builtin trap - DEBUG; __caro_let_run
'${__caro_theirs:+'\builtin trap -- "$__caro_theirs" DEBUG; \builtin eval "$__caro_theirs"'}'
else __caro_refuse || { (($? == 2)) && ! \builtin break 999 2>/dev/null; ! \builtin :; }; fi'
    fi
    # shellcheck disable=SC2064  # the text is finished here
    \builtin trap "$_text" DEBUG
}

__caro_let_run() {
    if ((__caro_traced)); then \builtin set +T; fi
    __caro_traced=0
}

# In front of everybody: a refused line's commands are skipped until this has been seen. Where PROMPT_COMMAND is
# readonly, PS0 does without.
__caro_put_first() {
    # shellcheck disable=SC2016,SC2178,SC2179,SC2128,SC1003  # evaluated at the prompt; string and array in one
    \builtin local _ours _rest="${PROMPT_COMMAND-}" _last
    # shellcheck disable=SC2016  # run at the prompt
    _ours='{ __caro_exit=$?; __caro_prompt string "$__caro_exit" "$(\builtin trap -p INT DEBUG)"; } >/dev/null 2>&1'
    _last='{ __caro_arm; } >/dev/null 2>&1'
    if ! \builtin printf -v PROMPT_COMMAND '%s%s' "$_ours" "${_rest:+$'\n'$_rest}" 2>/dev/null; then
        __caro_no_prompt=1
        if [[ $__caro_way == ps0 ]]; then
            __caro_choose_macro
        else
            __caro_say 'PROMPT_COMMAND is readonly, and this shell hears no SIGINT: no line can be refused here, active mode is not in force'
        fi
    elif [[ $__caro_way != ps0 ]]; then
        # The DEBUG trap takes the next command for a new line's first: armed when all of the list has run.
        if ((${#PROMPT_COMMAND[@]} > 1)); then PROMPT_COMMAND+=("$_last"); else PROMPT_COMMAND+=$'\n'$_last; fi
    fi
}

# Told by a line that was refused and ran all the same, or by an option that keeps PS0 from being expanded.
__caro_change_way() { # [WAY]
    \builtin local _index
    if [[ -z ${1-} ]]; then
        __caro_say 'the refused line was not dropped: SIGINT does not reach this shell. From here on its commands are skipped one by one'
    fi
    __caro_way=${1-deaf}
    if [[ $__caro_way == trap ]]; then \builtin printf -v PS0 %s "${PS0//"$__caro_ps0_text"/}"; fi
    for _index in "${!PROMPT_COMMAND[@]}"; do
        if [[ ${PROMPT_COMMAND[_index]} == *__caro_prompt* ]]; then
            if ((_index)); then \builtin unset -v "PROMPT_COMMAND[_index]"; else PROMPT_COMMAND[0]=${PROMPT_COMMAND[0]#*__caro_prompt*$'\n'}; fi
        fi
    done
    __caro_put_first
    __caro_arm
}

# Before the first command since a line was refused, with the status that stood there before the line. SIGINT leaves one
# above 127 as it is (bash, `throw_to_top_level`): then what runs next is the prompt's.
__caro_is_dropped() {
    ((__caro_before_line > 127)) && [[ "${PROMPT_COMMAND[*]-}" == *"$BASH_COMMAND"* ]]
}

# Before the first command of a line that was refused: whoever has the INT trap now keeps SIGINT for himself.
__caro_not_dropped() {
    if [[ $__caro_way != ps0 ]]; then \builtin return; fi # ble.sh has the keys now
    __caro_change_way
    __caro_hold_debug ''
    __caro_skip
}

# Somebody's `history -a` in the same list writes the entry that is deleted here, unless this comes before.
__caro_go_before_history() {
    if [[ ${PROMPT_COMMAND-} == *history* && ${PROMPT_COMMAND-} != *__caro_prompt* ]]; then
        # shellcheck disable=SC2178  # element 0 of an array, or a string
        PROMPT_COMMAND="{ ${__caro_prompt_text}__caro_return; } >/dev/null 2>&1"$'\n'"$PROMPT_COMMAND"
    fi
}

__caro_return() {
    if [[ $- == *e* ]]; then \builtin return 0; fi
    \builtin return "$__caro_exit"
}

# HISTCONTROL=ignorespace and HISTIGNORE would keep the text from the hook too: they are taken away while a line is
# read, given back by PS0 before it runs, and the entry is deleted at the next prompt. PS0 can assign where nothing
# stands, so the value is emptied; the other words of HISTCONTROL (ignoredups) go on working, since bash re-reads the
# variable when it is assigned, but not when `printf -v` fills element 0.
__caro_uncover_history() {
    \builtin local _rest
    if [[ -n ${HISTCONTROL-} && ${HISTCONTROL@a} == *a* ]]; then # an array of ours, made at an earlier prompt
        _rest=$HISTCONTROL
        if [[ ${HISTCONTROL@a} == *x* ]]; then
            \builtin unset -v HISTCONTROL
            \builtin export HISTCONTROL
        else
            \builtin unset -v HISTCONTROL
        fi
        HISTCONTROL=$_rest
    fi
    case ${HISTCONTROL-} in
    *ignorespace* | *ignoreboth*)
        __caro_control=$HISTCONTROL
        _rest=:$HISTCONTROL:
        _rest=${_rest//:ignoreboth:/:ignoredups:}
        _rest=${_rest//:ignorespace:/:}
        _rest=${_rest#:} # bash stops at an empty word
        HISTCONTROL=${_rest%:} __caro_whole=$__caro_control __caro_left=''
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
    \builtin local _words
    \builtin eval "_words=($1)"
    # In posix mode the name is INT, and what is not trapped is `-` (bash 5.2).
    if [[ ${_words[3]-} != *INT || ${_words[2]} == - ]]; then \builtin return; fi
    if [[ ${_words[6]-} == - ]]; then _words[6]=''; fi
    __caro_traps=$1
    __caro_on_int=${_words[2]}
    \builtin trap - INT
    _words[7]=$__caro_sentinel # who sets an INT trap at each prompt sets it behind us too
    if [[ -n ${_words[6]-} ]]; then _words[7]=$__caro_give_back$'\n'${_words[6]}; fi
    # shellcheck disable=SC2064  # the text is finished here
    \builtin trap "${_words[7]}" DEBUG
}

# ---- keys -------------------------------------------------------------------------------------------------------------
# Where history keeps no text (set +o history, HISTSIZE=0), Enter takes the line along. Only there: the prompt is
# drawn twice.
__caro_choose_macro() {
    \builtin local _wanted=0 _map
    if [[ ! -o history || ${HISTSIZE-1} == 0 ]]; then _wanted=1; fi
    if ((_wanted == __caro_macro)) || [[ ! -o emacs && ! -o vi ]]; then \builtin return; fi
    __caro_macro=$_wanted
    for _map in emacs vi-insert vi-command; do
        if ((_wanted)); then
            \builtin bind -m "$_map" -x '"\C-x\C-]": __caro_take_line'
            \builtin bind -m "$_map" '"\C-x\C-^": accept-line'
            \builtin bind -m "$_map" '"\C-m": "\C-x\C-]\C-x\C-^"'
            \builtin bind -m "$_map" '"\C-j": "\C-x\C-]\C-x\C-^"'
        else
            \builtin bind -m "$_map" '"\C-m": accept-line'
            \builtin bind -m "$_map" '"\C-j": accept-line'
            \builtin bind -m "$_map" -r '\C-x\C-^'
            \builtin bind -m "$_map" -r '\C-x\C-]'
        fi
    done
}

__caro_take_line() {
    __caro_line+=${__caro_line:+$'\n'}$READLINE_LINE
}

__caro_fix() { # the last fix, into an empty line, for review
    \builtin local _text
    if [[ -n $READLINE_LINE ]] || __caro_is_off; then \builtin return; fi
    _text=$("$__caro_hook" fix -s bash -p "$$" -n "$__caro_n" 2>/dev/null)
    if [[ -n ${_text:=$__caro_hidden} ]]; then
        READLINE_LINE=$_text READLINE_POINT=99999
    fi
}

# caro with these words: where PATH has none, by the interpreter that its installation noted. `-m` would take a module of
# the folder one stands in for Caro.
__caro_program() {
    \builtin local _python=''
    if \builtin type -P caro >/dev/null; then
        \builtin command caro "$@"
        \builtin return
    fi
    { \builtin read -r _python <"${__caro_hook%/*}/interpreter"; } 2>/dev/null
    if [[ ! -x $_python ]]; then
        __caro_say 'this key needs the command caro, which is not on PATH here'
        \builtin return 127
    fi
    "$_python" -c 'import sys; sys.path[:] = filter(None, sys.path); import runpy; runpy.run_module("caro", run_name="__main__", alter_sys=True)' "$@"
}

__caro_ask() { # Caro's own prompt over the line, which it gives back
    \builtin local _text
    if __caro_is_off; then \builtin return; fi
    if _text=$(CARO_LINE=$READLINE_LINE __caro_program prompt 2>/dev/tty); then
        READLINE_LINE=$_text READLINE_POINT=99999
    fi
}

__caro_overlay() { # the record over the line, which stays as it was typed unless one is taken from there
    \builtin local _text
    if __caro_is_off; then \builtin return; fi
    if _text=$(__caro_program tui --over </dev/tty 2>/dev/tty) && [[ -n $_text ]]; then
        READLINE_LINE=$_text READLINE_POINT=99999
    fi
}

__caro_hint() { # what the word under the cursor means, above the line, which readline draws anew
    \builtin local _text
    if __caro_is_off; then \builtin return; fi
    _text=$(CARO_LINE=$READLINE_LINE "$__caro_hook" hint -s bash -p $$ -n "$__caro_n" -C "$READLINE_POINT" 2>/dev/null) ||
        _text='nothing is known of this word here'
    __caro_say "$_text"
}

__caro_pick() { # the search of what was typed, over the line
    \builtin local _text _status=4 _next=redraw-current-line _map _gone=''
    if ! __caro_is_off && [[ -x ${__caro_hook%/*}/caro-pick ]]; then
        if [[ -n $__caro_dir ]]; then
            _gone=$__caro_dir/caro-line.$$
            \builtin printf '' >|"$_gone"
        fi
        _text=$(CARO_LINE=$READLINE_LINE "${__caro_hook%/*}/caro-pick" "$__caro_pick_options" ${_gone:+-d "$_gone"} </dev/null 2>/dev/tty)
        _status=$?
    fi
    if ((_status == 3)); then # no daemon has made a file: what this shell knows
        _text=$(HISTTIMEFORMAT='' \builtin history | CARO_LINE=$READLINE_LINE "${__caro_hook%/*}/caro-pick" -inumbered "$__caro_pick_options" 2>/dev/tty)
        _status=$?
    fi
    case $_status in
    0) READLINE_LINE=$_text READLINE_POINT=99999 ;;
    10) READLINE_LINE=$_text READLINE_POINT=99999 _next='"\C-m"' ;;
    1) ;;
    *) _next=reverse-search-history ;;
    esac
    if [[ -n $_gone && -s $_gone ]]; then __caro_drop_entries "$_gone"; fi
    for _map in emacs vi-insert; do \builtin bind -m "$_map" "\"\\C-x\\C-_q\": $_next"; done
}

# Tab for caro itself: its script is read when it is wanted.
__caro_complete_own() {
    if [[ ! -r ${__caro_later%/*}/completion.bash ]]; then \builtin return 1; fi
    # shellcheck source=/dev/null
    \builtin . "${__caro_later%/*}/completion.bash" && \builtin return 124
}

# Tab for a command that has no completion: bash-completion's loader first, and Caro where that has only a makeshift.
__caro_complete_any() { # COMMAND WORD WORD-BEFORE
    \builtin local _spec='' _file="$__caro_dir/caro-line.$$"
    if [[ -n $__caro_loader ]]; then
        "$__caro_loader" "$@"
        if (($? == 124)); then
            if \builtin complete -p -- "$1" >|"$_file" 2>/dev/null; then IFS='' \builtin read -r _spec <"$_file"; fi
            if [[ $_spec != *'-F _minimal '* && $_spec != *'-F _comp_complete_minimal '* ]]; then \builtin return 124; fi
            \builtin complete -o bashdefault -o default -F __caro_complete -- "$1"
            \builtin return 124
        fi
        if ((${#COMPREPLY[@]})); then \builtin return 0; fi
    fi
    __caro_complete "$@"
}

__caro_complete() { # COMMAND WORD WORD-BEFORE; nothing where Caro knows nothing: then come files
    \builtin local _row _rows _word _typed="${COMP_LINE:0:COMP_POINT}"
    \builtin local -a _patterns
    COMPREPLY=()
    if __caro_is_off; then \builtin return 0; fi
    _rows=$(CARO_LINE=$_typed "$__caro_hook" complete -s bash -p "$$" -n "$__caro_n" 2>/dev/null)
    if [[ $_rows == $'\t'* ]]; then # files by their names' patterns, `/`: folders
        IFS=' ' \builtin read -ra _patterns <<<"${_rows#?}"
        __caro_complete_files "${2//\\/}" "${_patterns[@]}"
        \builtin return 0
    fi
    _typed=${_typed##*[[:blank:]]}
    while IFS='' \builtin read -r _row; do
        _word=${_row%%$'\t'*}
        # readline's word may begin behind a colon or an equals sign of the shell's word.
        _word=${_word#"${_typed%"$2"}"}
        if [[ -z $_word ]]; then \builtin continue; fi
        if [[ $_rows == *$'\n'* && $_row == *$'\t'* ]]; then _word+="  (${_row#*$'\t'})"; fi
        COMPREPLY+=("$_word")
    done <<<"$_rows"
}

__caro_complete_files() { # WORD PATTERN...: folders, which lead to files, and the files
    \builtin local _word=$1 _pattern _name _names _seen=$'\n'
    \builtin shift
    _names=$(
        \builtin compgen -d -- "$_word"
        for _pattern; do
            # The name is matched with its folder, so that a pattern may begin anywhere.
            if [[ $_pattern != / ]]; then \builtin compgen -f -X "!*${_pattern#\*}" -- "$_word"; fi
        done
    )
    while IFS='' \builtin read -r _name; do
        if [[ -z $_name || $_seen == *$'\n'"$_name"$'\n'* ]]; then \builtin continue; fi
        _seen+=$_name$'\n'
        COMPREPLY+=("$_name")
    done <<<"$_names"
    \builtin compopt -o filenames 2>/dev/null
}

# What was forgotten (a file of texts, NUL behind each) leaves this shell's memory, which is written at its end.
__caro_drop_entries() {
    \builtin local _text _row _entries _texts=$'\n'
    \builtin local -a _looks _at
    _looks=() _at=()
    while IFS='' \builtin read -r -d '' _text; do
        _text=${_text%%$'\n'*}
        if [[ -z $_text ]]; then \builtin continue; fi
        _texts+=$_text$'\n'
        if [[ $_text == *'***'* ]]; then
            \builtin printf -v _row %q "$_text"
            _looks+=("${_row//'\*\*\*'/*}")
        fi
    done <"$1"
    \builtin printf '' >|"$1"
    _entries=$(HISTTIMEFORMAT='' \builtin history)
    while IFS='' \builtin read -r _row; do
        if [[ ! $_row =~ ^\ *([0-9]+)[\ *]\ (.+)$ ]]; then \builtin continue; fi
        _row=${BASH_REMATCH[1]}
        if __caro_is_forgotten "${BASH_REMATCH[2]}"; then _at+=("$_row"); fi
    done <<<"$_entries"
    for ((_row = ${#_at[@]} - 1; _row >= 0; _row--)); do \builtin history -d "${_at[_row]}"; done
}

# Whether an entry is one of _texts, or what one of them was before its secret was hidden (_looks: patterns).
__caro_is_forgotten() { # LINE
    \builtin local _look
    if [[ $_texts == *$'\n'"$1"$'\n'* ]]; then \builtin return 0; fi
    for _look in ${_looks[@]+"${_looks[@]}"}; do
        # shellcheck disable=SC2053  # a pattern
        if [[ $1 == $_look ]]; then
            _look=$(\builtin printf %s "$1" | "$__caro_hook" redact -i 2>/dev/null)
            if [[ -n $_look && $_texts == *$'\n'"$_look"$'\n'* ]]; then \builtin return 0; fi
        fi
    done
    \builtin return 1
}

# What `caro history forget --shells` was told at the last line.
__caro_drop_gone() {
    \builtin local _file="${__caro_off%/*}/shell/gone-$CARO_SESSION_ID"
    if [[ -O $_file && ! -L $_file ]]; then __caro_drop_entries "$_file"; fi
    \builtin command rm -f -- "$_file"
}

# C-x C-e (and v) run what was edited past PS0: edit only, Enter runs it.
__caro_edit() {
    \builtin local _file _editor="${VISUAL:-${EDITOR:-vi}}"
    if ! _file=$(\builtin command mktemp "${TMPDIR:-/tmp}/caro-edit.XXXXXX"); then \builtin return; fi
    \builtin printf '%s\n' "$READLINE_LINE" >|"$_file"
    \builtin eval "$_editor"' "$_file"' </dev/tty >/dev/tty 2>&1
    IFS='' \builtin read -r -d '' READLINE_LINE <"$_file"
    READLINE_LINE=${READLINE_LINE%$'\n'} READLINE_POINT=99999
    \builtin command rm -f "$_file"
}

# A changed line goes into the next prompt: readline only takes text from a key, so the terminal is asked for its
# status and the answer (ESC [ 0 n) is the key. The hook waits until it is there, with echo off.
__caro_place() {
    if [[ -z $1 ]]; then \builtin return; fi
    __caro_placed=$1
    if [[ -o emacs || -o vi ]] && "$__caro_hook" place 2>/dev/null; then \builtin return; fi
    \builtin printf 'caro: changed line: %s\n' "$1" >/dev/tty
    \builtin history -s -- "$1"
}

# What was chosen in `caro fix`, once.
__caro_take_chosen() {
    \builtin local _file="${__caro_off%/*}/shell/chosen-$CARO_SESSION_ID" _text=''
    if [[ -O $_file && ! -L $_file ]]; then IFS='' \builtin read -r -d '' _text <"$_file"; fi
    \builtin command rm -f -- "$_file"
    __caro_place "$_text"
}

__caro_take_placed() {
    if [[ -z $READLINE_LINE ]]; then READLINE_LINE=$__caro_placed READLINE_POINT=99999; fi
    __caro_placed=''
}

# The relay is told by a mark; readline draws its prompt anew after this.
__caro_toggle_grey() {
    __caro_grey_on=$((1 - __caro_grey_on))
    if [[ -n $__caro_prompt_ends ]]; then \builtin printf '\e]133;O;caro=%s.%s\a' "${CARO_RELAY%%:*}" "$__caro_grey_on" >/dev/tty; fi
    if ((__caro_grey_on)); then __caro_say "grey text is on in this shell"; else __caro_say "grey text is off in this shell"; fi
}

# ---- ble.sh -----------------------------------------------------------------------------------------------------------
# ble.sh (https://github.com/akinomyoga/ble.sh) replaces readline, runs lines itself, and owns the INT and DEBUG traps:
# nothing of the other ways may stand in its way. `ble-edit/exec/register` is where each line passes that is to run; one
# that is refused is not handed on. Its hook PREEXEC comes before whatever runs, and sees what came by another way.
__caro_load_ble() {
    if [[ $__caro_way == ble ]]; then
        if [[ -n ${BLE_ATTACHED-x} ]]; then \builtin return; fi
        __caro_leave_ble
    elif [[ -n ${BLE_ATTACHED-x} || $__caro_ble == 0 ]]; then
        __caro_hook_ble
    fi
}

__caro_ble_has() { \builtin declare -F "$1" >/dev/null; }

__caro_hook_ble() {
    if ((!__caro_ble)); then
        if ! __caro_ble_has blehook; then
            __caro_ble=-1
            __caro_say "ble.sh ${BLE_VERSION-} is too old (0.4 has the hooks): no line is refused here, active mode is not in force"
        else
            __caro_ble=1
            blehook PREEXEC!=__caro_ble_preexec POSTEXEC!=__caro_ble_postexec
            if __caro_ble_has ble/function#advice && __caro_ble_has ble-edit/exec/register; then
                # shellcheck disable=SC2016  # run by ble.sh
                ble/function#advice around ble-edit/exec/register \
                    'if __caro_ble_line "${ADVICE_WORDS[1]}"; then ble/function#advice/do; fi'
            fi
        fi
    fi
    # Attached at the end of the first prompt: until then, and after `ble-detach`, readline has the keys.
    if [[ -n ${BLE_ATTACHED-x} ]]; then __caro_enter_ble; fi
}

__caro_enter_ble() {
    if [[ $__caro_way == ble ]]; then \builtin return; fi
    __caro_way=ble __caro_seen=$__caro_n __caro_r=0
    if [[ ${PS0-} == *"$__caro_ps0_text"* ]]; then \builtin printf -v PS0 %s "${PS0//"$__caro_ps0_text"/}"; fi
    if [[ -n $__caro_control ]]; then HISTCONTROL=$__caro_control; fi
    if [[ -n $__caro_ignore ]]; then HISTIGNORE=$__caro_ignore; fi
    __caro_control='' __caro_ignore=''
    if __caro_ble_has ble/builtin/bind; then
        ble/builtin/bind -x "\"$__caro_ask_key\": __caro_ask"
        ble/builtin/bind -x "\"$__caro_fix_key\": __caro_fix"
        ble/builtin/bind -x '"\C-x\C-f": __caro_fix'
    fi 2>/dev/null
}

__caro_leave_ble() {
    __caro_way=ps0
    if ((BASH_VERSINFO[0] * 100 + BASH_VERSINFO[1] < 404)); then
        __caro_way='trap'
        __caro_put_first
    fi
}

# Judges a line once; 1: refused.
__caro_ble_judge() { # LINE
    \builtin local _verdict _line="$1" _how
    if [[ "$1${BASH_ALIASES[*]-}" == *fc* ]]; then _line=$(__caro_add_reruns; \builtin printf %s "$_line"); fi
    __caro_judge_text "$_line"
    _verdict=$((__caro_r / 10**16 % 10))
    if ((_verdict % 2 == 1)); then __caro_until=$((__caro_clock / 1000000 + 30)); fi
    ((_verdict < 2))
}

__caro_ble_line() { # LINE; from ble-edit/exec/register
    \builtin local IFS=$' \t\n'
    __caro_enter_ble
    if __caro_is_off || [[ $1 != *[![:space:]]* ]]; then \builtin return 0; fi
    if __caro_ble_judge "$1"; then
        __caro_ble_judged+=("$1")
        \builtin return 0
    fi
    __caro_ble_refused=$1 __caro_status='' __caro_us=''
    _ble_edit_exec_lastexit=130 # what the next prompt shows as $?
    \builtin return 1
}

# What runs was judged at its entrance, or is now. A refused one is skipped command by command, but for ble.sh's own.
__caro_ble_preexec() { # LINE
    \builtin local IFS=$' \t\n' _index
    __caro_enter_ble
    for _index in "${!__caro_ble_judged[@]}"; do
        if [[ ${__caro_ble_judged[_index]} == "$1" ]]; then
            \builtin unset -v "__caro_ble_judged[_index]"
            __caro_now
            __caro_r=$((10**17 + __caro_clock)) __caro_ble_runs=1
            \builtin return 0
        fi
    done
    if __caro_is_off; then \builtin return 0; fi
    if [[ -n $__caro_ble_refused && $1 == "$__caro_ble_refused" ]] || ! __caro_ble_judge "$1"; then
        __caro_ble_stops=1 __caro_skipped=0
        \builtin shopt -s extdebug
        # shellcheck disable=SC2016  # run by the trap
        \builtin trap '__caro_ble_skip || { (($? == 2)) && ! \builtin break 999 2>/dev/null; ! \builtin :; }' DEBUG
    else
        __caro_ble_runs=1
    fi
}

__caro_ble_skip() {
    if ((${#FUNCNAME[@]} > 1 && !BASH_SUBSHELL)) || [[ $BASH_COMMAND == ble-edit/* || $BASH_COMMAND == ble/* ]]; then \builtin return 0; fi
    case $BASH_COMMAND in
    'builtin trap -- - DEBUG' | __caro_* | '_ble_edit_exec_'*) \builtin return 0 ;;
    esac
    __caro_skip
}

__caro_ble_postexec() {
    __caro_exit=$?
    \builtin local IFS=$' \t\n'
    if [[ -n $__caro_ble_stops ]]; then
        __caro_ble_stops=''
        \builtin trap - DEBUG
        \builtin shopt -u extdebug
        __caro_status='' __caro_us='' _ble_edit_exec_lastexit=130
    elif [[ -n $__caro_ble_runs ]]; then
        __caro_now
        __caro_end_line
    fi
    __caro_ble_runs='' __caro_ble_refused=''
}
__caro_ble_judged=() __caro_ble_refused='' __caro_ble_runs='' __caro_ble_stops=''
__caro_has_later=1 # the last line: all of the above has been read
