# Caro in zsh: grey text behind what is typed (`shell.inline`). Read at the first prompt, by init.zsh.
#
# Each question to the daemon has a number, and an answer to an older one is dropped. The connection ends with the line:
# what runs must not inherit it. Where zsh-autosuggestions is loaded, this is its first strategy and draws nothing.

zmodload zsh/net/socket zsh/system zsh/zselect zsh/zleparameter zsh/terminfo 2>/dev/null

typeset -gi __caro_grey_on=1 __caro_grey_fd=-1 __caro_grey_soon=-1 __caro_grey_n=0 __caro_grey_open=0 __caro_grey_trap=0 __caro_grey_search=0
__caro_grey_asked=''   # what was typed at the last question
__caro_grey_line=''    # the whole line that stands there with what is grey
__caro_grey_kind=''    # `line` where that is one; `word` where it ends with the next word
__caro_grey_state=''   # what the next key meets: i, nothing of ours; a, a question that waits for its echo; l, a whole line; '', more
__caro_grey_data=''    # of an answer that is not whole yet
__caro_grey_late=''    # what came of one before the next question
__caro_grey_hint=''    # what stands there as a hint
__caro_grey_told=''    # of the last answer: x, and the hint that it is
typeset -gi __caro_grey_tried=0   # when the daemon was looked for last
typeset -gi __caro_grey_subst=0   # whether prompts are expanded as text in double quotes is
typeset -gi __caro_grey_prompt=-1 # columns before the line in its first row, and those of the right prompt; -1: not known yet
__caro_grey_style='fg=8'
(( ${terminfo[colors]:-8} >= 16 )) 2>/dev/null || __caro_grey_style='fg=black,bold'
[[ -z ${NO_COLOR-} ]] || __caro_grey_style='underline'
__caro_grey_memo=' memo=caro'
[[ $ZSH_VERSION == (5.<9->|<6->)* ]] || __caro_grey_memo=''

# A question as a line of JSON in REPLY; fails where the line has what it can't say.
__caro_grey_question() { # LINE
    local line cwd=$PWD
    __caro_quote "$1" || builtin return 1
    line=$REPLY
    if [[ $PWD != [A-Za-z0-9_./-]## ]]; then
        __caro_quote "$PWD" || builtin return 1
        cwd=$REPLY
    fi
    (( ++__caro_grey_n ))
    REPLY="{\"v\":1,\"type\":\"suggest\",\"id\":\"$__caro_grey_n\",\"session\":\"${CARO_SESSION_ID-}\",\"shell\":\"zsh\""
    [[ -z $__caro_hint_ms ]] || REPLY+=",\"hint_ms\":$__caro_hint_ms"
    REPLY+=",\"timeout_ms\":1000,\"sent\":${$(( EPOCHREALTIME * 1000000 ))%.*},\"line\":\"$line\",\"cwd\":\"$cwd\"}"
}

# What the newest question's answer offers, in REPLY, and what kind of offer it is; fails where none of the lines is that.
# The hint that may follow a pause later goes into __caro_grey_told.
__caro_grey_read() { # LINES
    local answer
    REPLY='' __caro_grey_told=''
    for answer in "${(@f)1}"; do
        [[ $answer == \{\"v\":1,\"id\":\"$__caro_grey_n\",* ]] || continue
        if [[ $answer == *,\"hint\":\"* ]]; then
            answer=${${answer#*,\"hint\":\"}%\"\}}
            __caro_grey_told=x${answer//(#b)\\(?)/$match[1]}
            continue
        fi
        # While the history is read there is nothing: asked anew after the pause.
        [[ $answer != *,\"partial\":true* ]] || __caro_grey_asked=''
        [[ $answer == *\"rest\":\"* ]] || builtin return 0
        REPLY=${${answer#*\"rest\":\"}%%\",\"kind\":*}
        __caro_grey_kind=${${answer##*\"kind\":\"}%%\"*}
        REPLY=${REPLY//(#b)\\(?)/$match[1]}
        [[ $REPLY != *[[:cntrl:]]* ]] || REPLY=''
        builtin return 0
    done
    builtin return 1
}

__caro_grey_connect() { # the descriptor in REPLY
    local file=${CARO_SOCKET:-${__caro_off:h}/caro.sock}
    [[ -S $file && -O $file && -r $__caro_inline_file ]] && ! __caro_is_off && zsocket -- $file 2>/dev/null
}

if (( ${+functions[_zsh_autosuggest_start]} )); then

# In a process of its own, or before the next key (ZSH_AUTOSUGGEST_USE_ASYNC): either way an answer is waited for.
_zsh_autosuggest_strategy_caro() { # LINE; the caller's `suggestion`
    emulate -L zsh
    setopt extended_glob no_xtrace no_force_float
    local REPLY data='' part
    local -i fd
    typeset -g suggestion=''
    (( __caro_grey_on )) && [[ $1 != *$'\n'* ]] && __caro_grey_connect || builtin return 0
    fd=$REPLY
    {
        if __caro_grey_question "$1" && syswrite -o $fd -- "$REPLY"$'\n'; then
            while [[ $data != *$'\n' ]] && zselect -t 5 -r $fd && sysread -i $fd part; do data+=$part; done
            __caro_grey_read "$data" && [[ -n $REPLY ]] && suggestion=$1$REPLY
        fi
    } always {
        exec {fd}>&-
    }
}
if [[ ${ZSH_AUTOSUGGEST_STRATEGY-} != *caro* ]]; then
    typeset -ga ZSH_AUTOSUGGEST_STRATEGY=(caro "${ZSH_AUTOSUGGEST_STRATEGY[@]:-history}")
fi
__caro_grey_toggle() {
    emulate -L zsh
    (( __caro_grey_on = ! __caro_grey_on ))
    zle -M "caro: its suggestions are ${${__caro_grey_on/1/on}/0/off} in this shell"
}

else

# Takes what is grey off the screen at the next redraw.
__caro_grey_clear() {
    [[ -n $__caro_grey_line$__caro_grey_hint ]] || builtin return 0
    POSTDISPLAY='' __caro_grey_line='' __caro_grey_hint='' __caro_grey_state=''
    if [[ -n $__caro_grey_memo ]]; then
        region_highlight=("${(@)region_highlight:#*memo=caro}")
    else
        region_highlight=("${(@)region_highlight:#$__caro_grey_mark}")
    fi
}

__caro_grey_draw() { # REST [HINT, with what stands before it]
    if [[ -z $1${2-} ]]; then
        __caro_grey_clear
        builtin return 0
    fi
    local old=$__caro_grey_mark
    POSTDISPLAY=$1${2-}
    __caro_grey_line=${1:+$BUFFER$1} __caro_grey_hint=${2-} __caro_grey_state=''
    [[ -z $1 || -n ${2-} || -z $__caro_grey_memo || $__caro_grey_kind != line ]] || __caro_grey_state=l
    __caro_grey_mark="$#BUFFER $(( $#BUFFER + $#POSTDISPLAY )) $__caro_grey_style$__caro_grey_memo"
    if [[ -n $__caro_grey_memo ]]; then
        region_highlight=("${(@)region_highlight:#*memo=caro}" "$__caro_grey_mark")
    else
        region_highlight=("${(@)region_highlight:#$old}" "$__caro_grey_mark")
    fi
    (( __caro_grey_trap )) || __caro_grey_set_trap
}

# ^C ends a line without a word to its widgets: only a trap can take the grey text away first. A trap of the person's own
# stays what it is.
__caro_grey_set_trap() {
    (( ! ${+functions[TRAPINT]} )) && __caro_grey_is_free || builtin return 0
    __caro_grey_trap=1
    setopt local_options no_local_traps # else it would go with this function
    functions[TRAPINT]='if (( ! ZSH_SUBSHELL )) && zle; then zle __caro_grey_break; builtin return 0; fi; builtin return $(( 128 + $1 ))'
}

# Whether nothing is set for ^C. What `trap` says goes through a file: $(...) would be a process.
__caro_grey_is_free() {
    emulate -L zsh
    trap '' XFSZ
    local text file=${__caro_off:h}/shell/traps.$$
    {
        builtin trap >| $file && text=$(<$file)
        zmodload -F zsh/files b:zf_rm && zf_rm -f -- $file
    } 2>/dev/null
    [[ $text != *' INT'(|$'\n'*) ]]
}

__caro_grey_drop_trap() {
    (( __caro_grey_trap )) || builtin return 0
    setopt local_options no_local_traps
    unfunction TRAPINT 2>/dev/null
    __caro_grey_trap=0
}

# After a trap that fails zsh leaves out the hooks of the next prompt; a broken line does not.
__caro_grey_break() {
    emulate -L zsh
    __caro_grey_clear
    zle -R
    zle .send-break
}

# Whether something may be drawn here: at the end of the one row that is typed, by nobody who searches or commands.
__caro_grey_may() {
    (( __caro_grey_on && ! __caro_grey_search && CURSOR == $#BUFFER && $#BUFFER > 0 && $#BUFFER <= 1000 )) &&
        [[ $CONTEXT == start && $KEYMAP != (vicmd|viopp|visual|isearch|command|menuselect) && $BUFFER != *$'\n'* ]] &&
        [[ -z $__caro_grey_other && COLUMNS -ge 8 ]]
}

# Runs between a key and its echo: what can wait does, until the echo is on the screen. A builtin, a list with || or &&
# and a call of a function cost a dozen system calls each, one condition costs none: the usual keys meet one, and no
# word here depends on the person's options. Whatever is not usual goes the long way. zsh itself moves what is
# highlighted behind a key that is inserted.
__caro_grey_redraw() {
    if [[ $__caro_grey_state == i && ! -o xtrace ]]; then
        __caro_grey_state=a
        builtin zle -F -w $__caro_grey_soon __caro_grey_later
    elif [[ $__caro_grey_state == l && $__caro_grey_line == "$BUFFER"?* && $LASTWIDGET == self-insert &&
        $CURSOR -eq ${#BUFFER} && ! -o xtrace ]]; then
        POSTDISPLAY=${__caro_grey_line#"$BUFFER"}
    elif [[ $__caro_grey_state != a ]]; then
        __caro_grey_redraw_anew
    fi
}

# The condition is __caro_grey_may's.
__caro_grey_redraw_anew() {
    local REPLY
    emulate -L zsh -o extended_glob -o no_xtrace -o no_force_float
    if (( ! __caro_grey_on || __caro_grey_search || CURSOR != $#BUFFER || $#BUFFER == 0 || $#BUFFER > 1000 || COLUMNS < 8 )) ||
        [[ $CONTEXT != start || $KEYMAP == (vicmd|viopp|visual|isearch|command|menuselect) || $BUFFER == *$'\n'* ]] ||
        [[ -z $__caro_grey_line$__caro_grey_hint && -n $POSTDISPLAY ]]; then
        [[ -z $__caro_grey_line$__caro_grey_hint ]] || __caro_grey_clear
        __caro_grey_asked=''
        __caro_grey_rest
        builtin return 0
    fi
    # What fits still stays, so that typing along does not flicker; a whole line is what the daemon would say again.
    if [[ -n $__caro_grey_line && $BUFFER != "$__caro_grey_line" && $__caro_grey_line == "$BUFFER"* ]]; then
        __caro_grey_draw "${__caro_grey_line[$#BUFFER + 1,-1]}"
        [[ $__caro_grey_kind != line ]] || builtin return 0
    elif [[ -n $__caro_grey_line$__caro_grey_hint ]]; then
        __caro_grey_clear
    fi
    [[ $BUFFER != "$__caro_grey_asked" ]] || builtin return 0
    # A daemon that was not there when the line began may have started.
    (( __caro_grey_fd >= 0 || EPOCHSECONDS == __caro_grey_tried )) || __caro_grey_open
    if (( __caro_grey_soon >= 0 && __caro_grey_fd >= 0 )); then
        zle -F -w $__caro_grey_soon __caro_grey_later
        [[ -n $__caro_grey_line$__caro_grey_hint ]] || __caro_grey_state=a
    fi
    builtin return 0
}

# Nothing of ours stands on the line: whether the next key may go the short way.
__caro_grey_rest() {
    __caro_grey_state=''
    [[ -n $__caro_grey_line$__caro_grey_hint ]] ||
        (( ! __caro_grey_on || __caro_grey_search || __caro_grey_fd < 0 || __caro_grey_soon < 0 )) || __caro_grey_state=i
}

# As soon as zsh waits for the next key: its descriptor always has something to read. First of all asleep for a
# millisecond, so that whoever draws the echo runs. What comes meanwhile answers an older question.
__caro_grey_later() {
    builtin zle -F $__caro_grey_soon
    if [[ $__caro_grey_fd -ge 0 ]] && builtin sysread -t 0.001 -i $__caro_grey_fd __caro_grey_late 2>/dev/null; then
        __caro_grey_data+=$__caro_grey_late
    fi
    emulate -L zsh
    setopt extended_glob no_xtrace no_force_float
    local __caro_grey_other=''
    [[ $__caro_grey_data != *$'\n' ]] || __caro_grey_data='' __caro_grey_open=0
    [[ $__caro_grey_state == l ]] || __caro_grey_rest
    if ! __caro_grey_may || [[ -z $__caro_grey_line$__caro_grey_hint && -n $POSTDISPLAY ]]; then
        __caro_grey_asked=''
        builtin return 0
    fi
    # A daemon that answers no more must not fill the socket, where a write would wait.
    (( __caro_grey_fd >= 0 && __caro_grey_open < 20 && ! PENDING && ! KEYS_QUEUED_COUNT )) &&
        [[ $BUFFER != "$__caro_grey_asked" ]] && __caro_grey_ask
    builtin return 0
}

__caro_grey_ask() {
    local REPLY
    __caro_grey_question "$BUFFER" || builtin return 0
    __caro_grey_asked=$BUFFER
    (( ++__caro_grey_open ))
    syswrite -o $__caro_grey_fd -- "$REPLY"$'\n' 2>/dev/null || __caro_grey_close
}

__caro_grey_answer() { # DESCRIPTOR [ERROR]
    emulate -L zsh
    setopt extended_glob no_xtrace
    local REPLY data __caro_grey_other='' offered
    if [[ -n ${2-} ]] || ! sysread -i $1 data 2>/dev/null; then
        __caro_grey_close
        __caro_grey_clear
        zle -R
        builtin return 0
    fi
    __caro_grey_data+=$data
    [[ $__caro_grey_data == *$'\n' ]] || builtin return 0
    data=$__caro_grey_data __caro_grey_data='' __caro_grey_open=0
    __caro_grey_read "$data"
    offered=$?
    # Typed on since, or not the place any more.
    (( ! PENDING && ! KEYS_QUEUED_COUNT )) && __caro_grey_may || builtin return 0
    [[ -n $__caro_grey_line$__caro_grey_hint || -z $POSTDISPLAY ]] || builtin return 0
    if [[ $BUFFER != "$__caro_grey_asked" ]]; then
        # What was typed along the grey text was not asked about; now that there is a pause it is.
        if [[ -n $__caro_grey_told ]]; then __caro_grey_ask; fi
        builtin return 0
    fi
    if (( ! offered )) && [[ $__caro_grey_line != "$BUFFER$REPLY" || -z $REPLY ]]; then
        __caro_grey_draw "$REPLY"
        zle -R
    fi
    if [[ $__caro_grey_told == x?* ]] && __caro_grey_fit "${__caro_grey_told#x}"; then
        __caro_grey_draw "${__caro_grey_line:+$POSTDISPLAY}" "$REPLY"
        zle -R
    fi
}

# As much of a hint as fits into the row behind what stands there, in REPLY; fails where that is not worth it. Wrapped,
# it would move the prompt.
__caro_grey_fit() { # HINT
    local text=$BUFFER
    local -i free
    [[ -z $__caro_grey_line ]] || text=$__caro_grey_line
    [[ $1 != *[[:cntrl:]]* ]] && (( __caro_grey_prompt >= 0 )) || __caro_grey_measure || builtin return 1
    free=$(( COLUMNS - (__caro_grey_prompt & 65535) - ${(m)#text} - (__caro_grey_prompt >> 16) - 7 ))
    (( free >= 12 )) || builtin return 1
    REPLY=$1
    (( ${(m)#REPLY} <= free )) || REPLY=${(mr:free-2:)1}..
    REPLY="   ($REPLY)"
}

# The columns that the prompt's last row takes, and the right prompt, as far as their escapes are known. It is expanded
# as the person's options say, once a line.
__caro_grey_measure() {
    setopt local_options
    (( ! __caro_grey_subst )) || setopt prompt_subst
    local left=${(%%)PS1-} right=${(%%)RPS1-}
    __caro_grey_columns "$left" "$right"
} 2>/dev/null

__caro_grey_columns() { # PROMPT RIGHT
    emulate -L zsh
    setopt extended_glob
    local text width=0 all=()
    for text in "$1" "$2"; do
        text=${text##*$'\n'}
        text=${text//$'\e['[0-9\;:?]#[a-zA-Z]/}
        text=${text//$'\e]'[^$'\a\e']#($'\a'|$'\e\\')/}
        text=${text//$'\e'(\(|\))?/}
        [[ $text != *[[:cntrl:]]* ]] || builtin return 1
        all+=(${(m)#text})
    done
    (( all[1] < COLUMNS && all[2] < COLUMNS )) || builtin return 1
    __caro_grey_prompt=$(( all[1] | (all[2] ? all[2] + 1 : 0) << 16 ))
}

__caro_grey_close() {
    (( __caro_grey_fd >= 0 )) || builtin return 0
    (( __caro_grey_soon < 0 )) || zle -F $__caro_grey_soon 2>/dev/null
    __caro_grey_state=''
    zle -F $__caro_grey_fd
    exec {__caro_grey_fd}>&-
    __caro_grey_fd=-1
}

__caro_grey_begin() {
    __caro_grey_subst=0
    [[ ! -o prompt_subst ]] || __caro_grey_subst=1
    emulate -L zsh
    setopt extended_glob no_xtrace no_force_float
    local REPLY
    __caro_grey_drop_trap
    __caro_grey_line='' __caro_grey_asked='' __caro_grey_data='' __caro_grey_open=0 __caro_grey_search=0
    __caro_grey_state='' __caro_grey_mark='' __caro_grey_hint='' __caro_grey_prompt=-1
    (( __caro_grey_soon >= 0 )) || sysopen -r -o cloexec -u __caro_grey_soon /dev/null 2>/dev/null || __caro_grey_soon=-1
    (( __caro_grey_on && __caro_grey_soon >= 0 )) && [[ $CONTEXT == start ]] || builtin return 0
    (( __caro_grey_fd >= 0 )) || __caro_grey_open
    builtin return 0
}

__caro_grey_open() {
    __caro_grey_tried=$EPOCHSECONDS
    __caro_grey_connect || builtin return 0
    __caro_grey_fd=$REPLY
    zle -F -w $__caro_grey_fd __caro_grey_answer
    # The daemon reads its history at the first question, before anybody waits for an answer.
    (( __caro_grey_n )) || { __caro_grey_question '' && syswrite -o $__caro_grey_fd -- "$REPLY"$'\n' }
}

__caro_grey_end() {
    emulate -L zsh
    setopt no_xtrace
    __caro_grey_clear
    __caro_grey_asked=''
    __caro_grey_close
    __caro_grey_drop_trap
    builtin return 0
}

__caro_grey_searching() {
    emulate -L zsh
    __caro_grey_search=1 __caro_grey_state=''
    __caro_grey_clear
}

__caro_grey_searched() {
    __caro_grey_search=0
}

# Keys that go right take what is grey, all of it or a word, where the cursor stands at the end; else they do what they do.
__caro_grey_take() {
    if [[ -n $__caro_grey_line && -n $POSTDISPLAY && $CURSOR == $#BUFFER && $KEYMAP != vicmd ]]; then
        BUFFER=$__caro_grey_line
        CURSOR=$#BUFFER
        __caro_grey_clear
    else
        __caro_grey_original "$@"
    fi
}

__caro_grey_take_word() {
    emulate -L zsh
    setopt extended_glob
    if [[ -n $__caro_grey_line && -n $POSTDISPLAY && $CURSOR == $#BUFFER && $KEYMAP != vicmd ]]; then
        BUFFER+=${(M)${__caro_grey_line[$#BUFFER + 1,-1]}##[[:blank:]]#[^[:blank:]]##}
        CURSOR=$#BUFFER
    else
        __caro_grey_original "$@"
    fi
}

__caro_grey_original() {
    if (( ${+widgets[__caro_own_$WIDGET]} )); then
        zle __caro_own_$WIDGET -- "$@"
    else
        zle .$WIDGET -- "$@"
    fi
}

__caro_grey_toggle() {
    emulate -L zsh
    (( __caro_grey_on = ! __caro_grey_on ))
    __caro_grey_clear
    __caro_grey_asked='' __caro_grey_state=''
    (( __caro_grey_on )) && __caro_grey_begin || __caro_grey_close
    zle -M "caro: grey text is ${${__caro_grey_on/1/on}/0/off} in this shell"
}

__caro_grey_widgets() { # FUNCTION WIDGET...
    local function=$1 name
    shift
    for name in "$@"; do
        [[ ${widgets[$name]-builtin} == (builtin|user:$function) ]] || zle -A $name __caro_own_$name
        zle -N $name $function
    done
}

() {
    emulate -L zsh
    local name
    zle -N __caro_grey_answer
    zle -N __caro_grey_later
    zle -N __caro_grey_break
    __caro_grey_widgets __caro_grey_take forward-char end-of-line vi-forward-char vi-end-of-line
    __caro_grey_widgets __caro_grey_take_word forward-word emacs-forward-word vi-forward-word
    autoload -Uz add-zle-hook-widget
    for name in line-init:begin line-finish:end line-pre-redraw:redraw isearch-update:searching isearch-exit:searched; do
        zle -N __caro_grey_${name#*:}
        # Alone it needs nobody who hands it on; who comes later and uses the list takes it along.
        if (( ${+widgets[zle-${name%:*}]} )); then
            add-zle-hook-widget ${name%:*} __caro_grey_${name#*:}
        else
            zle -A __caro_grey_${name#*:} zle-${name%:*}
        fi
    done
}

fi

zle -N __caro_grey_toggle
__caro_bind "$__caro_inline_key" __caro_grey_toggle '\e[1;5C' forward-word
