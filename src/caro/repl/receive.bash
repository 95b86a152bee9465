# shellcheck shell=bash
# bash's side of `caro repl` (native/relay/front.h): takes a line out of a named pipe into readline, and marks its prompts.
#
# Everything else is bash's own: readline stays on, and the line comes to it by a private key as if it had been typed.
# `\builtin` everywhere: a person's own `read` or `printf` must not run here.

# Text is parsed with the aliases of that moment: the person's are put aside until the end.
{ \builtin shopt -q expand_aliases && __caro_aliases=x; \builtin shopt -u expand_aliases; } 2>/dev/null
# ble.sh has all keys, ours too.
if [[ -n ${BLE_VERSION-} && -n ${__caro_repl-} ]]; then
    __caro_repl=''
    \builtin printf 'caro: repl: ble.sh edits the lines here; Caro guards and records them as in caro shell\n' >/dev/tty
fi 2>/dev/null
if [[ $- == *i* && -n ${__caro_repl-} && ${CARO_RELAY-} == *:*:*/* ]] && ((BASH_VERSINFO[0] * 100 + BASH_VERSINFO[1] >= 404)); then

# ---- state -----------------------------------------------------------------------------------------------------
__caro_repl_folder=${CARO_RELAY#*:*:}
__caro_repl_folder=${__caro_repl_folder%/*}
__caro_repl_k=0      # number of the prompt
__caro_repl_z=('')   # ${__caro_repl_z[EXPRESSION,0]-} evaluates an expression in this shell, and prints nothing
__caro_repl_mark="\\e]697;$__caro_repl;"
__caro_repl_runs="${__caro_repl_mark}C\\a"
# shellcheck disable=SC2016  # expanded at the prompt
__caro_repl_begins="\\[${__caro_repl_mark}E;"'${__caro_repl_z[__caro_repl_k+=1,0]-}$__caro_repl_k;$SHELLOPTS;$?;${PIPESTATUS[@]};${CARO_SESSION_ID+${CARO_SESSION_ID//[!0-9a-f-]/}};${PWD//[[:cntrl:]]/?}'"\\a${__caro_repl_mark}A\\a\\]"
# shellcheck disable=SC2016
__caro_repl_goes_on="\\[${__caro_repl_mark}2;"'$SHELLOPTS'"\\a${__caro_repl_mark}A\\a\\]"
__caro_repl_ends="\\[${__caro_repl_mark}B\\a\\]"

# ---- keys ------------------------------------------------------------------------------------------------------
# The record says for which prompt it is: one that was left behind is never taken at another.
__caro_repl_take() {
    \builtin local _record
    if IFS='' \builtin read -r -d '' -t 5 _record && [[ ${_record%%:*} == "$__caro_repl_k" ]]; then
        READLINE_LINE=${_record#*:}
    else
        READLINE_LINE=''
    fi <>"$__caro_repl_folder/lines"
    READLINE_POINT=${#READLINE_LINE}
} 2>/dev/null

__caro_repl_give() {
    \builtin printf 'typed:%s\0' "$READLINE_LINE" >"$__caro_repl_folder/answers" || \builtin :
    READLINE_LINE=''
    READLINE_POINT=0
} 2>/dev/null

# Answers a question of Caro's own about the shell's state (src/caro/repl/state.py), with no names of its own in it. What
# fails in it is no failure of the person's: it ends no shell that has `set -e`.
__caro_repl_tell() {
    \builtin local __caro_record
    IFS='' \builtin read -r -d '' -t 5 __caro_record <>"$__caro_repl_folder/lines" || \builtin :
    if [[ ${__caro_record%%:*} != "$__caro_repl_k" ]] || __caro_is_off; then __caro_record=':\builtin :'; fi
    {
        \builtin printf 'state:'
        \builtin eval "${__caro_record#*:}"
        \builtin printf '\0'
    } >"$__caro_repl_folder/answers" || \builtin :
} 2>/dev/null

# Enter is the person's and Caro's own, whatever they bound it to. `$_` as the last word stays what it is. A DEBUG trap of
# theirs may print; bash tells on standard error here what became of jobs, and that is shown. The lines of `set -x` and
# `set -v` that name these functions are the relay's to hide.
# shellcheck disable=SC2016  # readline runs the text
__caro_repl_bind() {
    \builtin local _map
    for _map in emacs vi-insert vi-command; do
        \builtin bind -m "$_map" -x '"\C-x\C-_r": { __caro_repl_take "$_"; } >/dev/null'
        \builtin bind -m "$_map" -x '"\C-x\C-_t": { __caro_repl_give "$_"; } >/dev/null'
        \builtin bind -m "$_map" -x '"\C-x\C-_s": { __caro_repl_tell "$_"; } >/dev/null'
        \builtin bind -m "$_map" '"\C-x\C-_l": "\C-x\C-_r\C-m"'
    done
    \builtin bind 'set enable-bracketed-paste on'
}

# ---- at the prompt ---------------------------------------------------------------------------------------------
# Around the prompts whatever they are now: a line, or another tool at each prompt, sets them anew.
__caro_repl_wrap() { # VARIABLE BEGIN END
    \builtin local _text
    _text=${!1-} # with `set -k` a value behind `local` is none
    \builtin export -n "${1?}" # another shell would show the marks
    if [[ $_text == "$2"*"$3" ]]; then \builtin return 0; fi
    _text=${_text//"$2"/}
    \builtin printf -v "$1" %s "$2${_text//"$3"/}$3"
}

__caro_repl_prompt() {
    __caro_repl_wrap PS1 "$__caro_repl_begins" "$__caro_repl_ends"
    __caro_repl_wrap PS2 "$__caro_repl_goes_on" "$__caro_repl_ends"
    if [[ ${PS0-} != *"$__caro_repl_runs"* ]]; then PS0=$__caro_repl_runs${PS0-}; fi
    \builtin return 0
}

# ---- start -----------------------------------------------------------------------------------------------------
__caro_inline='' # grey text is the front's
__caro_repl_bind 2>/dev/null
__caro_repl_prompt
if ((BASH_VERSINFO[0] * 100 + BASH_VERSINFO[1] >= 501)) && [[ ${PROMPT_COMMAND@a} != *[xr]* ]]; then
    PROMPT_COMMAND[0]=${PROMPT_COMMAND-}
    PROMPT_COMMAND+=('{ __caro_repl_prompt; } >/dev/null 2>&1')
elif [[ ${PROMPT_COMMAND@a} != *r* ]]; then
    # shellcheck disable=SC2178,SC2128  # a string here
    PROMPT_COMMAND="${PROMPT_COMMAND:+$PROMPT_COMMAND
}{ __caro_repl_prompt; } >/dev/null 2>&1"
fi
\builtin unset -v __caro_repl __caro_repl_mark

fi
if [[ -n ${__caro_aliases-} ]]; then
    \builtin unset -v __caro_aliases
    \builtin shopt -s expand_aliases
fi 2>/dev/null
