# fish's side of `caro repl` (native/relay/front.h): takes a line out of a named pipe into fish's editor, and marks its
# prompts. Everything else is fish's own: the line comes to it by a private key as if it had been typed.

if status is-interactive; and test -n "$CARO_REPL"; and string match -q '*:*:*/*' -- "$CARO_RELAY"

# ---- state -----------------------------------------------------------------------------------------------------
set -g __caro_repl_mark \e"]697;$CARO_REPL;"
set -e CARO_REPL
set -g __caro_repl_folder (string replace -r '^[^:]*:[^:]*:(.*)/[^/]*$' '$1' -- $CARO_RELAY)
set -g __caro_repl_k 0 # number of the prompt

# ---- keys ------------------------------------------------------------------------------------------------------
# The record says for which prompt it is: one that was left behind is never taken at another. What the guard says about
# the line is shown; what fish draws of it is not.
function __caro_repl_take
    builtin read -z -l record <$__caro_repl_folder/lines
    set -l found (string match -r '^(\d+):([\s\S]*)$' -- $record | string collect)
    string match -q "$__caro_repl_k:*" -- $record; or set record :
    builtin commandline -r -- (string replace -r '^[^:]*:' '' -- $record | string collect)
    builtin commandline --is-valid
    set -l valid $status
    if test $valid -eq 2
        __caro_repl_answer incomplete
        return
    end
    printf '%sS\a' $__caro_repl_mark >/dev/tty
    if test $valid -eq 1; and builtin commandline -b | string match -qr '\S' # an empty line is not valid either
        # fish would say what is wrong and go on with the line at once, with no event that tells of it.
        set -l fish (builtin status fish-path)
        command $fish --no-execute -c (builtin commandline -b | string collect) >/dev/tty 2>&1
        printf '%sH\a' $__caro_repl_mark >/dev/tty
        __caro_repl_answer refused
        return
    end
    if functions -q __caro_ask_first; and not __caro_ask_first
        printf '%sH\a' $__caro_repl_mark >/dev/tty
        __caro_repl_answer declined
    else
        printf '%sH\a' $__caro_repl_mark >/dev/tty
        builtin commandline -f execute
    end
end

# What stands on fish's line goes back to the front's.
function __caro_repl_answer # NAME
    printf '%s:%s\0' $argv[1] (builtin commandline -b | string collect) >$__caro_repl_folder/answers
    builtin commandline -r ''
end

function __caro_repl_give
    __caro_repl_answer typed
end

# Answers a question of Caro's own about the shell (src/caro/repl/state.py), with no names of its own in it.
function __caro_repl_tell
    builtin read -z -l __caro_record <$__caro_repl_folder/lines
    string match -q "$__caro_repl_k:*" -- $__caro_record; or set __caro_record :
    begin
        printf 'state:'
        builtin eval (string replace -r '^[^:]*:' '' -- $__caro_record | string collect)
        printf '\0'
    end >$__caro_repl_folder/answers 2>/dev/null
end

function __caro_repl_bind --on-variable fish_key_bindings
    for mode in default insert visual
        builtin bind -M $mode \cx\c_l __caro_repl_take
        builtin bind -M $mode \cx\c_t __caro_repl_give
        builtin bind -M $mode \cx\c_s __caro_repl_tell
    end
end

# ---- at the prompt ---------------------------------------------------------------------------------------------
function __caro_repl_preexec --on-event fish_preexec
    printf '%sC\a' $__caro_repl_mark >/dev/tty
end

function __caro_repl_prompt --on-event fish_prompt
    set -l last $status
    set -l pipe $pipestatus
    __caro_repl_wrap
    set -g __caro_repl_k (builtin math $__caro_repl_k + 1)
    set -l mode emacs
    string match -q '*vi*' -- "$fish_key_bindings"; and set mode vi
    set -l right ''
    functions -q fish_right_prompt; and set right :right
    set -l session ''
    test -n "$__caro_session"; and set session (string replace -ra '[^0-9a-f-]' '' -- "$CARO_SESSION_ID")
    printf '%sE;%s;%s:draws%s;%s;%s;%s;%s\a' $__caro_repl_mark $__caro_repl_k $mode $right $last "$pipe" "$session" (string replace -ra '[[:cntrl:]]' '?' -- $PWD | string collect) >/dev/tty
end

# Around the prompt whatever it is now.
function __caro_repl_wrap
    functions fish_prompt | string match -q '*__caro_repl_mark*'; and return
    functions -e __caro_repl_own_prompt
    functions -c fish_prompt __caro_repl_own_prompt
    function fish_prompt
        printf '%sA\a' $__caro_repl_mark
        __caro_repl_own_prompt
        printf '%sB\a' $__caro_repl_mark
    end
end

# ---- start -----------------------------------------------------------------------------------------------------
__caro_repl_bind

end
