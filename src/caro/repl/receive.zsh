# zsh's side of `caro repl` (native/relay/front.h): takes a line out of a named pipe into zle, and marks its prompts.
#
# Everything else is zsh's own: the line comes to zle by a private key as if it had been typed. `builtin` wherever a
# person may have a function of that name.

if [[ -o interactive && -n ${__caro_repl-} && ${CARO_RELAY-} == *:*:*/* ]]; then

# ---- state -----------------------------------------------------------------------------------------------------
__caro_repl_folder=${${CARO_RELAY#*:*:}%/*}
typeset -gi __caro_repl_k=0 # number of the prompt
typeset -g __caro_repl_mark=$'\e]697;'$__caro_repl';'
typeset -g __caro_repl_begins="%{${__caro_repl_mark}A"$'\a%}'
typeset -g __caro_repl_goes_on="%{${__caro_repl_mark}2;emacs:draws"$'\a'"${__caro_repl_mark}A"$'\a%}'
typeset -g __caro_repl_ends="%{${__caro_repl_mark}B"$'\a%}'

# ---- keys ------------------------------------------------------------------------------------------------------
# The record says for which prompt it is: one that was left behind is never taken at another.
__caro_repl_take() {
    builtin emulate -L zsh
    builtin local record=''
    { IFS='' builtin read -r -d '' -t 5 record <>$__caro_repl_folder/lines } 2>/dev/null
    BUFFER=''
    [[ ${record%%:*} != $__caro_repl_k ]] || BUFFER=${record#*:}
    CURSOR=$#BUFFER
    builtin zle accept-line
}

__caro_repl_give() {
    builtin emulate -L zsh
    builtin printf 'typed:%s\0' "$BUFFER" >$__caro_repl_folder/answers 2>/dev/null
    BUFFER=''
}

# What another tool, or Caro, put into the line that begins (`print -z`) goes to the editor in front.
__caro_repl_begin_line() {
    [[ -z $BUFFER || $CONTEXT != start ]] || __caro_repl_give
}

# Answers a question of Caro's own about the shell's state (src/caro/repl/state.py): with the person's options, since
# they are asked for. What fails in it is no failure of the person's: it ends no shell that has err_exit.
__caro_repl_tell() {
    builtin local __caro_record=''
    IFS='' builtin read -r -d '' -t 5 __caro_record <>$__caro_repl_folder/lines || builtin :
    if [[ "${__caro_record%%:*}" != "$__caro_repl_k" ]] || __caro_is_off; then __caro_record=':builtin :'; fi
    {
        builtin printf 'state:'
        builtin eval "${__caro_record#*:}"
        builtin printf '\0'
    } >|$__caro_repl_folder/answers || builtin :
} 2>/dev/null

# Lists what may stand at the end of the line (src/caro/repl/asked_words.py), in a process forked for it: it may hang.
__caro_repl_generate() {
    compstate[insert]='' compstate[list]=''
    (( ${+functions[_main_complete]} )) || builtin return 1
    ( builtin eval "$__caro_repl_code" ) &!
    builtin return 1
}

# ---- at the prompt ---------------------------------------------------------------------------------------------
# Around the prompts whatever they are now: a line, or another tool at each prompt, sets them anew.
__caro_repl_wrap() { # VARIABLE BEGIN
    typeset -g +x $1 # another shell would show the marks
    [[ ${(P)1} != $2*$__caro_repl_ends ]] || return 0
    builtin local text=${${(P)1}//$2/}
    builtin typeset -g $1=$2${text//$__caro_repl_ends/}$__caro_repl_ends
}

__caro_repl_prompt() {
    { builtin local last=$? pipe="$pipestatus"; builtin emulate -L zsh; builtin trap - DEBUG ZERR; builtin setopt no_xtrace no_err_return no_err_exit } >/dev/null 2>&1
    builtin local mode=emacs
    [[ ${$(builtin bindkey -lL main 2>/dev/null)[-2]} != vi* ]] || mode=vi
    __caro_repl_wrap PS1 $__caro_repl_begins
    __caro_repl_wrap PS2 $__caro_repl_goes_on
    [[ $precmd_functions[-1] == __caro_repl_prompt ]] ||
        precmd_functions=(${precmd_functions:#__caro_repl_prompt} __caro_repl_prompt)
    (( ++__caro_repl_k ))
    builtin print -rn -- "${__caro_repl_mark}E;$__caro_repl_k;$mode:draws${RPROMPT:+:right}${RPS1:+:right};$last;$pipe;${CARO_SESSION_ID//[^0-9a-f-]/};${PWD//[[:cntrl:]]/?}"$'\a' >$TTY
}

__caro_repl_preexec() {
    { builtin emulate -L zsh; builtin trap - DEBUG ZERR; builtin setopt no_xtrace no_err_return no_err_exit } >/dev/null 2>&1
    builtin print -rn -- "${__caro_repl_mark}C"$'\a' >$TTY
}

# ---- start -----------------------------------------------------------------------------------------------------
zle -N __caro_repl_take
zle -N __caro_repl_give
zle -N __caro_repl_tell
for __caro_repl in emacs viins vicmd; do
    bindkey -M $__caro_repl '^X^_l' __caro_repl_take
    bindkey -M $__caro_repl '^X^_t' __caro_repl_give
    bindkey -M $__caro_repl '^X^_s' __caro_repl_tell
done
unset __caro_repl
autoload -Uz add-zle-hook-widget && add-zle-hook-widget line-init __caro_repl_begin_line
precmd_functions+=(__caro_repl_prompt)
preexec_functions+=(__caro_repl_preexec)

fi
