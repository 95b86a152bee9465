# Caro for zsh: sees each line before it runs, can refuse it, and tells of failures. Sourced by ~/.zshrc.
#
# Sections, as in init.bash, init.fish and init.sh: guard, state, before a line, at the prompt, keys, start.
# A line costs no process here: it goes through a FIFO to the daemon, and only what the daemon did not wave through
# at once goes through caro-hook (docs/wire.md, section 5).
#
# The whole file stands in one `if`: `return` would leave the rc file that holds `eval "$(caro init zsh)"`.

# Text is parsed with the options and aliases of that moment: the person's are put aside until the end.
{
(( ${+__caro_options} )) || __caro_options=()
[[ ! -o 'aliases' ]] || __caro_options+=('aliases')
[[ ! -o 'sh_glob' ]] || __caro_options+=('sh_glob')
[[ ! -o 'xtrace' ]] || __caro_options+=('xtrace')
'builtin' 'setopt' 'no_aliases' 'no_sh_glob' 'no_xtrace'
} 2>/dev/null

# ---- guard -----------------------------------------------------------------------------------------------------
# By process id: with `setopt all_export` a plain flag would be exported, and a child would take itself for loaded.
if [[ -o interactive && ${CARO_DISABLE:-0} == 0 && ${__caro_pid-} != $$ && -n ${functions[builtin]-} ]]; then
    'print' -u2 -r -- 'caro: a function named builtin hides what Caro is made of: not loaded, active mode is not in force here'
elif [[ -o interactive && ${CARO_DISABLE:-0} == 0 && ${__caro_pid-} != $$ ]]; then

# ---- state -----------------------------------------------------------------------------------------------------
__caro_pid=$$
__caro_home=${HOME-} # a line that moves it does not move the policy
: "${__caro_hook:=${XDG_DATA_HOME:-$HOME/.local/share}/caro/bin/caro-hook}"
: "${__caro_off:=${XDG_CONFIG_HOME:-$HOME/.config}/caro/disabled}"
: "${__caro_fifo:=${XDG_STATE_HOME:-$HOME/.local/state}/caro/fifo}"
: "${__caro_agents:=}"                                       # an expansion that is empty where no agent's variable is set
: "${__caro_wait:=5}"                                      # hundredths of a second
: "${__caro_config:=${XDG_CONFIG_HOME:-$HOME/.config}/caro/config.toml}"
: "${__caro_plain_mark:=}"                                  # a file that the daemon keeps while plain lines need no verdict
: "${__caro_history:=}"                                     # mask, drop, or nothing for keep
: "${__caro_plain_entries:=}"                               # what those begin with
: "${__caro_inline:=}"                                      # the file of grey text, where that is wanted
: "${__caro_hint_ms:=}"                                     # the pause before a hint; empty: none is wanted
: "${__caro_inline_key=^X^G}" "${__caro_hint_key=^X^W}" "${__caro_overlay_key=^X^T}" "${__caro_ask_key=^X^P}" "${__caro_fix_key=^[^[}"
__caro_n=0          # number of the line
__caro_until=0      # breaker: before this time (epoch seconds) the daemon is not asked
__caro_began=0      # of the line that runs, seconds since the epoch; 0: none runs
__caro_status=''    # of the last line that ended, with its duration in microseconds
__caro_us=''
__caro_late=0       # whether a fix comes later than the prompt of its line
__caro_mark=''      # what tells the relay above this terminal that output begins, up to the line's number
__caro_told=0       # number of the last line that the daemon was only told of, until it is known to have taken it
__caro_told_words=() # that line, and how the one before it ended
typeset -gA __caro_plain=()
typeset -ga __caro_gone=() # patterns of what was forgotten, until it has left this shell's memory
__caro_panes='$PATH $TMUX $TMUX_PANE $KITTY_LISTEN_ON $KITTY_WINDOW_ID $WEZTERM_PANE $WEZTERM_UNIX_SOCKET $ZELLIJ_SESSION_NAME $ZELLIJ_PANE_ID'
__caro_change=0     # whether the refused line has a changed form that goes into the next prompt

__caro_is_off() {
    [[ ${CARO_DISABLE:-0} != 0 || ( -f $__caro_off && -O $__caro_off && ! -L $__caro_off ) || ! -x $__caro_hook ]]
}

# UUIDv7 (RFC 9562): milliseconds, then random bits. No fork.
__caro_new_session() {
    emulate -L zsh
    local id
    local -i ms=$(( EPOCHREALTIME * 1000 ))
    printf -v id '%012x%04x%04x%04x%04x%04x' $ms $(( 0x7000 | RANDOM & 0xfff )) $(( 0x8000 | RANDOM & 0x3fff )) \
        $(( RANDOM ^ RANDOM << 1 )) $(( RANDOM ^ RANDOM << 1 )) $(( RANDOM ^ RANDOM << 1 ))
    [[ ${(t)CARO_SESSION_ID-} != *readonly* ]] || builtin return 0
    export CARO_SESSION_ID=${id[1,8]}-${id[9,12]}-${id[13,16]}-${id[17,20]}-${id[21,32]}
    unset CARO_PARENT_ID
}

# ---- before a line ---------------------------------------------------------------------------------------------
# Text for a JSON string in REPLY; fails where it has what only caro-hook can say (control characters, broken UTF-8).
__caro_quote() {
    REPLY=${1//\\/\\\\}
    REPLY=${REPLY//\"/\\\"}
    REPLY=${REPLY//$'\n'/\\n}
    REPLY=${REPLY//$'\t'/\\t}
    [[ $REPLY != *[[:cntrl:][:INVALID:]]* && ( -o multibyte || $REPLY != *[^[:ascii:]]* ) ]]
}

# The exported variables that the line names, and those that tell where it would run, as a JSON object in REPLY.
__caro_named_variables() {
    local name json=''
    for name in SSH_CONNECTION AWS_PROFILE AWS_DEFAULT_PROFILE KUBECONFIG CLOUDSDK_CORE_PROJECT \
        CLOUDSDK_ACTIVE_CONFIG_NAME CARO_ENV CARO_POLICY ${(u)${(M)${${(s:$:)1}[2,-1]#\{}##[A-Za-z_][A-Za-z0-9_]#}}; do
        [[ ${(tP)name} == *export* ]] || continue
        __caro_quote "${(P)name}" || builtin return 1
        json+=${json:+,}\"$name\":\"$REPLY\"
    done
    REPLY="{$json}"
}

# Whether no rule can say anything about the line (src/caro/plain.py, native/lib/lines/plain_text.c). Not where the configuration
# is newer than what the daemon has read, or CARO_ENV chooses other rules.
__caro_is_plain() { # LINE
    [[ $#1 -le 400 && $1 == [A-Za-z0-9_./:@%+,=~\ -]## && $1 != ' '* && $1 != */.[^./\ ]* ]] || builtin return 1
    local -a words=(${(s: :)1})
    [[ $words[1] != */* && -z ${CARO_ENV-} ]] || builtin return 1
    if (( ! ${#__caro_plain} )); then
        local -a entries=(${(s: :)__caro_plain_entries}) one=(1)
        __caro_plain=(${entries:^^one})
    fi
    (( ${+__caro_plain[$words[1]]} || ${+__caro_plain[$words[1]/${words[2]-}]} )) || builtin return 1
    [[ -e $__caro_plain_mark && ! $__caro_config -nt $__caro_plain_mark ]]
}

# Whether the daemon has taken the line that it was told of: the session's file has its number.
__caro_was_taken() {
    local -i file=-1
    local text
    {
        sysopen -r -o nonblock,cloexec -u file -- ${__caro_fifo:h}/sessions/$CARO_SESSION_ID && sysread -i $file -s 64 text
        (( file < 0 )) || exec {file}>&-
    } 2>/dev/null
    text=${text#* }
    (( ${text%% *} >= __caro_told )) 2>/dev/null || builtin return 1
    __caro_told=0
}

# Tells the daemon of a plain line, which runs whatever it would say. 1: it can't be told.
__caro_tell_daemon() { # LINE
    local cwd=$PWD request REPLY
    local -i requests=-1 result=1
    if [[ $PWD != [A-Za-z0-9_./-]## ]]; then
        __caro_quote "$PWD" || builtin return 1
        cwd=$REPLY
    fi
    __caro_quote_typed || builtin return 1
    request="{\"v\":1,\"type\":\"preexec\",\"told\":true$REPLY,\"session\":\"$CARO_SESSION_ID\",\"sent\":${$(( EPOCHREALTIME * 1000000 ))%.*}"
    request+=",\"seq\":$__caro_n,\"shell\":\"zsh\",\"pid\":$$,\"line\":\"$1\",\"cwd\":\"$cwd\",\"tty\":true"
    if [[ -n $__caro_status ]]; then
        request+=",\"last\":{\"exit_code\":$__caro_status,\"duration_ms\":$(( ${__caro_us:-0} / 1000. ))}"
    fi
    request+="}"$'\n'
    unsetopt multibyte # bytes are counted, and PIPE_BUF of them are written whole or not at all
    (( $#request <= 4096 )) || builtin return 1
    {
        sysopen -w -o nonblock,cloexec -u requests -- $__caro_fifo/requests && syswrite -o $requests -- $request && result=0
        (( requests < 0 )) || exec {requests}>&-
    } 2>/dev/null
    (( result )) || __caro_told=$__caro_n __caro_told_words=("$typed$1" "$__caro_status" "$__caro_us" $#typed)
    builtin return result
}

# How the line was typed, where that is not how it runs, as a field of a request in REPLY.
__caro_quote_typed() {
    REPLY=''
    [[ -n $typed ]] || builtin return 0
    __caro_quote "$typed" && REPLY=",\"typed\":\"$REPLY\""
}

# Asks the daemon through its FIFO. 0: it says that the line may run, and records it; 1: ask caro-hook; 2: no answer
# in time.
__caro_ask_daemon() { # LINE
    local line cwd as_typed request answer=''
    # A mode or an agent of this environment alone: caro-hook knows it, the daemon has one configuration for all shells.
    [[ -z ${CARO_ENV-}${CARO_SAFETY_LEVEL-}${CARO_SAFETY_MODE-} ]] || builtin return 1
    [[ -z ${(e)__caro_agents} ]] || builtin return 1
    __caro_quote "$1" || builtin return 1
    line=$REPLY
    __caro_quote "$PWD" || builtin return 1
    cwd=$REPLY
    __caro_quote_typed || builtin return 1
    as_typed=$REPLY
    REPLY='{}'
    if [[ $1 == *\$* || -n ${SSH_CONNECTION-}${AWS_PROFILE-}${AWS_DEFAULT_PROFILE-}${KUBECONFIG-}${CARO_ENV-}${CARO_POLICY-} ||
        -n ${CLOUDSDK_CORE_PROJECT-}${CLOUDSDK_ACTIVE_CONFIG_NAME-} ]]; then
        __caro_named_variables "$1" || builtin return 1
    fi
    request="{\"v\":1,\"type\":\"preexec\",\"id\":\"$__caro_n\",\"session\":\"$CARO_SESSION_ID\",\"sent\":${$(( EPOCHREALTIME * 1000000 ))%.*}"
    request+="$as_typed,\"timeout_ms\":${__caro_wait}0,\"seq\":$__caro_n,\"shell\":\"zsh\",\"pid\":$$,\"line\":\"$line\",\"cwd\":\"$cwd\",\"tty\":true,\"env\":$REPLY"
    if [[ -n $__caro_status ]]; then
        request+=",\"last\":{\"exit_code\":$__caro_status,\"duration_ms\":$(( ${__caro_us:-0} / 1000. ))}"
    fi
    request+="}"$'\n'
    unsetopt multibyte # bytes are counted, and PIPE_BUF of them are written whole or not at all
    (( $#request <= 4096 )) || builtin return 1
    __caro_exchange "$request" '' || builtin return
    [[ $answer == 0 ]]
}

# Sends a request, and waits for its answer: the caller's `answer`, without the KIND that it begins with. 1: it can't be
# sent; 2: no answer in time. Opened for each: a descriptor that stays open would outlive the daemon behind it.
__caro_exchange() { # REQUEST KIND
    local -i requests=-1 answers=-1
    {
        __caro_send_and_wait "$1" "$2" 2>/dev/null
    } always {
        (( answers < 0 )) || exec {answers}>&-
        (( requests < 0 )) || exec {requests}>&-
    }
}

__caro_send_and_wait() { # REQUEST KIND; fills the caller's `answers` and `requests` with descriptors
    local text
    sysopen -r -w -o nonblock,cloexec -u answers -- $__caro_fifo/$CARO_SESSION_ID || builtin return 1
    sysopen -w -o nonblock,cloexec -u requests -- $__caro_fifo/requests || builtin return 1
    syswrite -o $requests -- $1 || builtin return 1
    while zselect -t $__caro_wait -r $answers; do
        sysread -i $answers text || builtin return 1
        text=$'\n'$text
        [[ $text == *$'\n'"$__caro_n $2"*$'\n' ]] || continue
        answer=${${text##*$'\n'"$__caro_n $2"}%%$'\n'*}
        builtin return 0
    done
    builtin return 2
}

# The line as typed; its aliases resolved where they hide another command (`ls='ls --color'` hides nothing).
__caro_line_text() { # TYPED EXPANDED
    local word
    REPLY=${1:-$2}
    for word in ${(z)1}; do
        if [[ -n ${aliases[$word]-} && ${aliases[$word]} != $word* || -n ${galiases[$word]-} ]]; then
            REPLY=$2
            builtin return
        fi
    done
}

# What the person's shell is like must not matter to a hook: their options, traps, IFS. `emulate -L` gives all back.
__caro_preexec() {
    { emulate -L zsh; trap - DEBUG ZERR; setopt no_xtrace extended_glob no_force_float no_err_return no_err_exit } >/dev/null 2>&1
    [[ $IFS == $' \t\n\0' || ${(t)IFS} == *readonly* ]] || local IFS=$' \t\n\0'
    local -i verdict=-1
    __caro_began=$EPOCHREALTIME
    (( ++__caro_n ))
    if __caro_is_off; then builtin return 0; fi
    # An error in here never means that a line runs unseen: the compiled table and the person's own rules judge it.
    {
        __caro_judge "$1" "$3"
    } always {
        (( TRY_BLOCK_ERROR )) && { TRY_BLOCK_ERROR=0; verdict=-1 }
    } 2>/dev/null
    (( verdict >= 0 && verdict < 100 )) || __caro_judge_again "${1:-$3}"
    (( verdict % 2 )) && __caro_until=$(( EPOCHSECONDS + 30 ))
    (( verdict >= 2 )) || builtin return 0
    __caro_change=$(( verdict >= 4 ))
    __caro_began=0
    # With the person's INT trap out of the way (emulate -L gives it back) nothing of the line runs.
    # zsh gives $? back to what it was before a hook; what `sched` runs before the next prompt stands.
    zmodload zsh/sched && builtin sched +0 __caro_refused
    trap - INT
    builtin kill -INT $$
    builtin return 0
}

# What zsh's own history keeps of a line that holds a secret: by 2 it stays in this session's list and is not written.
if [[ -n $__caro_history ]]; then
__caro_add_history() { # LINE, with its newline
    { emulate -L zsh; trap - DEBUG ZERR; setopt no_xtrace no_err_return no_err_exit } >/dev/null 2>&1
    local text
    __caro_is_off && builtin return 0
    text=$(print -rn -- "${1%$'\n'}" | $__caro_hook redact -i 2>/dev/null)
    case $? in
    0) [[ $__caro_history != mask ]] || print -rs -- "$text" ;;
    1) builtin return 0 ;;
    esac
    builtin return 2
}
autoload -Uz add-zsh-hook
add-zsh-hook zshaddhistory __caro_add_history
fi

__caro_judge() { # TYPED EXPANDED; the caller's `verdict`
    local REPLY line typed='' source=''
    __caro_line_text "$1" "$2"
    line=$REPLY
    [[ -z $1 || $line == "$1" ]] || typed=${1//$'\0'/ }
    if [[ $line == (|*[^[:alnum:]_./-])(fc|r)(|[^[:alnum:]_./=-]*) ]]; then __caro_add_reruns; fi
    if [[ -z $source && -z ${CARO_POLICY+x} && -z ${TRACE_LOG_FILE-}${TRACE_SHELL-} ]] && (( __caro_n > 1 && __caro_until <= EPOCHSECONDS )) && [[ -p $__caro_fifo/requests && $HOME == "$__caro_home" ]] &&
        zmodload zsh/system zsh/zselect 2>/dev/null; then
        if __caro_is_plain "$line" && { (( ! __caro_told )) || __caro_was_taken } && __caro_tell_daemon "$line"; then
            verdict=0
        else
            __caro_ask_daemon "$line"
            verdict=$?
        fi
        case $verdict in
        0)
            [[ -z $__caro_mark ]] || print -rn -- "$__caro_mark$__caro_n"$'\a' 2>/dev/null >$TTY
            __caro_began=$EPOCHREALTIME
            builtin return 0
            ;;
        2) __caro_until=$(( EPOCHSECONDS + 30 )) ;;
        esac
        verdict=-1
    fi
    (( ! __caro_told )) || __caro_was_taken || __caro_tell_hook
    __caro_ask_hook "$line" $__caro_until
    verdict=$?
    __caro_began=$EPOCHREALTIME
}

# Adds to `line` what `fc` or `r` will run again, as lines of their own; where an editor decides, nobody knows:
# `source` is -x then.
__caro_add_reruns() {
    local word before=';'
    local -a words=() fc=()
    for word in ${(z)line} ';'; do
        case $word in
        ';' | '|' | '||' | '&' | '&&' | '|&' | '&|' | '(' | ')' | '{' | '}')
            (( ! ${#fc} )) || __caro_add_rerun "${(@)fc[2,-1]}"
            fc=() before=';'
            ;;
        *)
            if (( ${#fc} )); then
                fc+=("${(Q)word}")
            elif [[ $before == ';' && ${(Q)word} == (fc|r) && ! -v functions[${(Q)word}] ]]; then
                fc=("${(Q)word}")
                [[ $fc[1] != r ]] || fc+=(-s)
            elif [[ $word != (builtin|command|noglob|nocorrect|-|!|time|if|while|until|then|do|else|elif|*=*) ]]; then
                before=$word
            fi
            ;;
        esac
    done
}

__caro_add_rerun() { # ARGUMENT of fc...
    local change text direct=''
    local -a from=() changes=()
    while (( $# )); do
        case $1 in
        -s | -e-) direct=x ;;
        -e)
            [[ ${2-} != - ]] || direct=x
            (( $# < 2 )) || shift
            ;;
        -[0-9]*) from+=("$1") ;;
        -*l*) builtin return 0 ;;
        -*) ;;
        *=*) if (( ${#from} )); then from+=("$1"); else changes+=("$1"); fi ;;
        *) from+=("$1") ;;
        esac
        shift
    done
    if [[ -z $direct ]]; then
        source=-x
        builtin return 0
    fi
    text=$(builtin fc -ln -- "${from[1]:--1}" "${from[2]:-${from[1]:--1}}" 2>/dev/null)
    for change in "${changes[@]}"; do
        [[ -z ${change%%=*} ]] || text=${text//${(b)change%%=*}/${change#*=}}
    done
    line+=$'\n'$text
}

# Without the daemon, and with nothing that an option, a limit or a readonly variable could spoil.
__caro_judge_again() { # LINE
    verdict=0
    trap '' XFSZ
    print -rn -- "$1" | $__caro_hook preexec -i -s zsh -p $$ -n $__caro_n -u 99999999999 2>/dev/null
    verdict=$?
    (( verdict >= 100 )) || builtin return 0
    verdict=0
    print -r -- "caro: nobody could judge this line: $__caro_hook did not answer (caro doctor says why)" >$TTY
} 2>/dev/null

__caro_refused() {
    # There it would end the shell, or run the person's trap for a command of ours.
    [[ -o err_exit || -n ${functions[TRAPZERR]-} || $('builtin' 'trap') == *ZERR* ]] || builtin return 130
}

# The daemon never took a line that it was told of: the hook records it.
__caro_tell_hook() {
    CARO_LINE=$__caro_told_words[1] $__caro_hook preexec -s zsh -p $$ -n $__caro_told -e "$__caro_told_words[2]" \
        -d "$__caro_told_words[3]" -t $__caro_told_words[4] -u $(( EPOCHSECONDS + 30 )) 2>/dev/null
    __caro_told=0
}

__caro_ask_hook() { # LINE UNTIL
    setopt local_options no_multibyte # what was typed is told by its bytes, in front of what is judged
    local text=$typed$1
    local -a words=(-s zsh -p $$ -n $__caro_n -e "$__caro_status" -d "$__caro_us" -u $2 -t $#typed)
    [[ $HOME == "$__caro_home" || ${(t)HOME} == *readonly* ]] || local -x HOME=$__caro_home
    if [[ -n ${source-} ]]; then
        $__caro_hook preexec $source "${words[@]}"
    elif (( $#text > 30000 )) || [[ ${(t)CARO_LINE-} == *readonly* ]]; then # one variable of a new process holds 128 KiB
        print -rn -- "$text" | $__caro_hook preexec -i "${words[@]}"
    else
        CARO_LINE=$text $__caro_hook preexec "${words[@]}"
    fi
}

# ---- at the prompt ---------------------------------------------------------------------------------------------
__caro_precmd() {
    { local -i exit_code=$?; emulate -L zsh; trap - DEBUG ZERR; setopt no_xtrace no_force_float no_err_return no_err_exit } >/dev/null 2>&1
    local text
    if (( __caro_change )); then
        __caro_change=0
        text=$($__caro_hook transform -s zsh -p $$ -n $__caro_n 2>/dev/null) && [[ -n $text ]] && print -z -- $text
    fi
    if [[ -s ${__caro_off:h}/shell/chosen-${CARO_SESSION_ID-} ]]; then __caro_take_chosen; fi
    if [[ -s ${__caro_off:h}/shell/gone-${CARO_SESSION_ID-} ]]; then __caro_take_gone; fi
    # With the person's own options, which say in what form the history is written.
    if (( ${#__caro_gone} )); then zmodload zsh/sched && builtin sched +0 __caro_drop_gone; fi
    if (( __caro_late )); then
        __caro_late=0
        __caro_is_off || $__caro_hook late -s zsh -p $$ -n $__caro_n 2>/dev/null
        __caro_late=$(( $? == 2 ))
    fi
    if (( ! __caro_n )); then
        if (( ${+functions[__caro_hook_completion]} )); then
            __caro_hook_completion
            unfunction __caro_hook_completion
        fi
        __caro_wake
    fi
    [[ -z $__caro_inline ]] || __caro_read_inline
    (( __caro_began > 0 )) || builtin return 0
    __caro_status=$exit_code
    __caro_us=${$(( (EPOCHREALTIME - __caro_began) * 1000000 ))%.*}
    __caro_began=0
    # ^C and ^Z are no failures; of a success that took a second there may be something to say.
    if (( (exit_code == 0 && __caro_us < 1000000) || exit_code == 130 || exit_code == 148 )) || __caro_is_off; then builtin return 0; fi
    local -i told
    __caro_tell_end $exit_code
    told=$?
    if (( told == 4 )); then
        $__caro_hook postexec -s zsh -p $$ -n $__caro_n -e $exit_code -d $__caro_us -u $__caro_until 2>/dev/null
        told=$?
    fi
    (( told != 1 && told != 3 )) || __caro_until=$(( EPOCHSECONDS + 30 ))
    __caro_late=$(( told == 2 || told == 3 ))
    builtin return 0
}

# Tells the daemon through its FIFO how the line ended, and shows what it says: what caro-hook's postexec ends with; 4: that
# has to be called.
__caro_tell_end() { # STATUS
    local REPLY request answer='' color=true
    (( __caro_n > 1 && __caro_until <= EPOCHSECONDS && __caro_us < 1000000 )) || builtin return 4
    [[ -z ${CARO_RELAY-}${CARO_SOCKET-}${TRACE_LOG_FILE-}${TRACE_SHELL-} && -z ${CARO_POLICY+x} ]] || builtin return 4
    [[ -p $__caro_fifo/requests && $HOME == "$__caro_home" ]] && zmodload zsh/system zsh/zselect 2>/dev/null || builtin return 4
    setopt local_options extended_glob
    __caro_named_variables "$__caro_panes" || builtin return 4
    [[ -z ${NO_COLOR-}${CARO_NO_COLOR-} ]] || color=false
    request="{\"v\":1,\"type\":\"postexec\",\"id\":\"$__caro_n\",\"session\":\"$CARO_SESSION_ID\",\"sent\":${$(( EPOCHREALTIME * 1000000 ))%.*}"
    request+=",\"timeout_ms\":${__caro_wait}0,\"seq\":$__caro_n,\"exit_code\":$1,\"duration_ms\":$(( __caro_us / 1000. )),\"color\":$color,\"env\":$REPLY}"$'\n'
    unsetopt multibyte # bytes are counted, and PIPE_BUF of them are written whole or not at all
    (( $#request <= 4096 )) || builtin return 4
    __caro_exchange "$request" e || builtin return $(( $? == 2 ? 3 : 4 ))
    # Between the rows stands what no row has.
    [[ $answer != [24]* ]] || print -r -- "${${answer[2,-1]}//$'\x1f'/$'\n'}" 2>/dev/null >$TTY
    case $answer in
    [34]*) builtin return 2 ;;
    1*) builtin return 4 ;;
    esac
    builtin return 0
}

__caro_take_chosen() { # what was chosen in `caro fix`, once
    local file=${__caro_off:h}/shell/chosen-$CARO_SESSION_ID
    [[ ! -O $file || -L $file ]] || print -z -- "$(<$file)"
    command rm -f -- $file
}

# What was forgotten (a file of texts, NUL behind each) is written no more by this shell, and leaves its memory at the
# next prompt.
__caro_take_gone() {
    emulate -L zsh
    local file=${__caro_off:h}/shell/gone-${CARO_SESSION_ID-} text line look
    zmodload zsh/parameter
    if [[ -O $file && ! -L $file ]]; then
        for text in "${(@0)$(<$file)}"; do
            [[ -n $text ]] || continue
            __caro_gone+=(${(b)text})
            [[ $text == *'***'* ]] || continue
            # What it was before its secret was hidden.
            look=${(b)text}
            look=${look//\\\*\\\*\\\*/*}
            for line in "${(@)history[(R)$look]}"; do
                [[ $(print -rn -- $line | $__caro_hook redact -i 2>/dev/null) != "$text" ]] || __caro_gone+=(${(b)line})
            done
        done
    fi
    command rm -f -- $file
    (( ${#__caro_gone} )) || builtin return 0
    if [[ ${(t)__caro_gone_own-} != scalar* ]]; then typeset -g __caro_gone_own=${HISTORY_IGNORE-}; fi
    typeset -g HISTORY_IGNORE="(${(j:|:)__caro_gone}${__caro_gone_own:+|$__caro_gone_own})"
}

# zsh has no way to take one entry away: what is new goes into the file, and the list is read from there again. The old
# list has no file, and is never written.
__caro_drop_gone() {
    __caro_gone=()
    [[ -z ${HISTFILE-} ]] || builtin fc -AI
    if [[ ! -w ${HISTFILE-} ]]; then
        __caro_gone_own=$HISTORY_IGNORE
    else
        __caro_gone_file=$HISTFILE
        HISTFILE=''
        builtin fc -p -- "$__caro_gone_file" "$HISTSIZE" "$SAVEHIST"
        HISTORY_IGNORE=$__caro_gone_own
        [[ -n $HISTORY_IGNORE ]] || unset HISTORY_IGNORE
        unset __caro_gone_own __caro_gone_file
    fi
} 2>/dev/null

# Grey text, at the first prompt: whatever else draws at a prompt has been loaded by then.
__caro_read_inline() {
    __caro_inline_file=$__caro_inline
    __caro_inline=''
    [[ -t 0 && ${TERM:-dumb} != dumb && -r $__caro_inline_file ]] || builtin return 0
    __caro_is_off || builtin source $__caro_inline_file
} 2>/dev/null

# Where no daemon listens, one is started by the time that the first line is typed.
__caro_wake() {
    [[ -S ${CARO_SOCKET:-${__caro_off:h}/caro.sock} ]] || __caro_is_off || $__caro_hook wake </dev/null >/dev/null 2>&1
}

__caro_zshexit() {
    { local -i exit_code=$?; emulate -L zsh; trap - DEBUG ZERR; setopt no_xtrace no_force_float no_err_return no_err_exit } >/dev/null 2>&1
    if (( __caro_n == 0 )) || __caro_is_off; then builtin return 0; fi
    if (( __caro_began > 0 )); then
        __caro_status=$exit_code
        __caro_us=${$(( (EPOCHREALTIME - __caro_began) * 1000000 ))%.*}
    fi
    (( ! __caro_told )) || __caro_was_taken || __caro_tell_hook
    $__caro_hook session_end -s zsh -p $$ -n $__caro_n -e "$__caro_status" -d "$__caro_us" 2>/dev/null
    builtin return 0
}

# ---- keys ------------------------------------------------------------------------------------------------------
__caro_fix() { # the last fix, into an empty line, for review
    emulate -L zsh
    local text
    if [[ -n $BUFFER ]] || __caro_is_off; then builtin return 0; fi
    if text=$($__caro_hook fix -s zsh -p $$ -n $__caro_n 2>/dev/null) && [[ -n $text ]]; then
        BUFFER=$text CURSOR=$#text
    fi
}

__caro_ask() { # Caro's own prompt over the line, which it gives back
    emulate -L zsh
    local text
    if __caro_is_off; then builtin return 0; fi
    zle -I
    if text=$(CARO_LINE=$BUFFER __caro_program prompt --shell zsh </dev/tty 2>/dev/tty); then
        BUFFER=$text CURSOR=$#text
    fi
    zle reset-prompt
}

# caro with these words: where PATH has none, by the interpreter that its installation noted. `-m` would take a module of
# the folder one stands in for Caro.
__caro_program() {
    emulate -L zsh
    local python=''
    if whence -p caro >/dev/null; then
        command caro "$@"
        return
    fi
    { read -r python <${__caro_hook:h}/interpreter } 2>/dev/null
    if [[ ! -x $python ]]; then
        print -r -- 'caro: this key needs the command caro, which is not on PATH here' >$TTY
        return 127
    fi
    $python -c 'import sys; sys.path[:] = filter(None, sys.path); import runpy; runpy.run_module("caro", run_name="__main__", alter_sys=True)' "$@"
}

__caro_overlay() { # the record over the line, which stays as it was typed unless one is taken from there
    emulate -L zsh
    local text
    if __caro_is_off; then builtin return 0; fi
    zle -I
    if text=$(__caro_program tui --over </dev/tty 2>/dev/tty) && [[ -n $text ]]; then
        BUFFER=$text CURSOR=$#text
    fi
    zle reset-prompt
}

__caro_hint() { # what the word under the cursor means, below the line
    emulate -L zsh
    local text
    if __caro_is_off; then builtin return 0; fi
    text=$(CARO_LINE=$BUFFER $__caro_hook hint -s zsh -p $$ -n $__caro_n -C $CURSOR 2>/dev/null) || text='nothing is known of this word here'
    zle -M "caro: $text"
}

__caro_pick() { # the search of what was typed, over the line
    emulate -L zsh
    local text program=${__caro_hook:h}/caro-pick code=4
    if ! __caro_is_off && [[ -x $program ]]; then
        text=$(CARO_LINE=$BUFFER $program -b -d ${__caro_off:h}/shell/gone-${CARO_SESSION_ID-} $__caro_pick_options </dev/null 2>/dev/tty)
        code=$?
        [[ ! -s ${__caro_off:h}/shell/gone-${CARO_SESSION_ID-} ]] || __caro_take_gone
    fi
    if (( code == 3 )); then # no daemon has made a file: what this shell knows
        zmodload zsh/parameter
        text=$(print -rN -- "${(@)history}" | CARO_LINE=$BUFFER $program -nbinul $__caro_pick_options 2>/dev/tty)
        code=$?
    fi
    case $code in
    0 | 10) BUFFER=$text CURSOR=$#text ;;
    1) ;;
    *) zle history-incremental-search-backward; builtin return ;;
    esac
    zle reset-prompt
    if (( code == 10 )); then zle accept-line; fi
}

# Tab for a command that has no completion, by the specs; where those know nothing, what zsh does by default.
__caro_complete() {
    local out line said
    local -a found
    if ! __caro_is_off; then
        out=$(CARO_LINE=$LBUFFER $__caro_hook complete -s zsh -p $$ -n $__caro_n 2>/dev/null)
        for line in ${(f)out}; do
            said=
            if [[ $line == $'\t'* ]]; then # files by their names' patterns, `/`: folders
                compset -P '-*='
                if [[ $line == $'\t/' ]]; then _files -/; else _files -g "(${(j:|:)${(s: :)line#$'\t'}})"; fi
                builtin return
            fi
            if [[ $line == *$'\t'* ]]; then said=:${line#*$'\t'}; fi
            line=${line%%$'\t'*}
            found+=("${line//:/\\:}$said")
        done
    fi
    if (( $#found )) && _describe word found; then builtin return 0; fi
    _default "$@"
}

__caro_complete_own() { # Tab for caro itself: its script is read when it is wanted
    if [[ ! -r ${__caro_off:h}/shell/completion.zsh ]]; then builtin return 1; fi
    source ${__caro_off:h}/shell/completion.zsh
    _shtab_caro "$@"
}

# At the first prompt, where the completions have been loaded: behind each of them.
__caro_hook_completion() {
    emulate -L zsh
    (( ${+functions[compdef]} )) || builtin return 0
    if [[ -z ${_comps[caro]-} ]]; then compdef __caro_complete_own caro; fi
    if [[ -n $__caro_completes && ${_comps[-default-]:-_default} == _default ]]; then compdef __caro_complete -default-; fi
} 2>/dev/null

# A key that somebody bound is never taken. What `bindkey` says goes through a file: $(...) would be a process.
__caro_bind() { # KEY WIDGET [KEY WIDGET]...
    emulate -L zsh
    trap '' XFSZ # with `ulimit -f 0` the signal would end the shell
    local map key widget file=${__caro_off:h}/shell/keys.$$
    local -a bound
    # Written once: a file that is cut and written anew waits for the disk (ext4).
    {
        for map in emacs viins; do
            for key widget in "$@"; do bindkey -M $map -- "$key"; done
        done
    } >| $file
    bound=("${(@f)$(<$file)}")
    for map in emacs viins; do
        for key widget in "$@"; do
            # C-r is zsh's own search in emacs, and redraws in vi: nobody's.
            if [[ -n $key && ( $bound[1] == *' undefined-key' || ( $widget == __caro_pick && $bound[1] == *' '(history-incremental-search-backward|redisplay) ) ) ]]; then bindkey -M $map -- $key $widget; fi
            shift bound
        done
    done
    zmodload -F zsh/files b:zf_rm && zf_rm -f -- $file
} 2>/dev/null

# ---- start -----------------------------------------------------------------------------------------------------
# Into the list of hooks, or where that is readonly into the function of that name, with the person's own behind it.
__caro_hook_in() { # preexec|precmd|zshexit first|last
    local name=${1}_functions own=__caro_$1
    if [[ ${(tP)name-} != *readonly* ]]; then
        case $2 in
        first) set -A $name $own ${(P)name:#$own} ;;
        last) set -A $name ${(P)name:#$own} $own ;;
        esac
    elif [[ ${functions[$1]-} != *$own* ]]; then
        functions[$1]="$own \"\$@\"; ${functions[$1]-}"
    fi
}

__caro_start() {
    emulate -L zsh
    zmodload -F zsh/datetime p:EPOCHREALTIME p:EPOCHSECONDS 2>/dev/null
    if [[ -z ${CARO_RUN-} || ${CARO_RUN-} != ${CARO_SESSION_ID-} ]]; then __caro_new_session; fi
    # Below tmux or ssh the variable is inherited, and the terminal is another.
    [[ ${CARO_RELAY-} != *:$TTY:* ]] || __caro_mark=$'\e]133;C;caro='${CARO_RELAY%%:*}.$$.
    zle -N __caro_fix
    zle -N __caro_ask
    zle -N __caro_hint
    zle -N __caro_overlay
    zle -N __caro_pick
    local pick_key=${__caro_pick_options:+'\C-r'}
    if [[ ${TERM:-dumb} == dumb ]]; then pick_key=; fi
    __caro_bind "$__caro_ask_key" __caro_ask "$__caro_hint_key" __caro_hint "$__caro_overlay_key" __caro_overlay "$__caro_fix_key" __caro_fix '\C-x\C-f' __caro_fix ${pick_key:+"$pick_key"} ${pick_key:+__caro_pick}
    # First: what others do before a line is not done for one that is refused.
    __caro_hook_in preexec first
    __caro_hook_in precmd first
    __caro_hook_in zshexit last
    unfunction __caro_hook_in
    unfunction __caro_start
}
__caro_start
fi

(( ! ${#__caro_options} )) || 'builtin' 'setopt' "${__caro_options[@]}"
unset __caro_options
