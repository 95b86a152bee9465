# shellcheck shell=bash disable=SC2154,SC2034
# What may stand at the end of a line, printed into a file: run in a process forked from the person's shell, which may
# hang (src/caro/repl/asked_words.py). COMP_WORDS and what belongs to it, __c_number and __c_most are set.
exec </dev/null 2>/dev/null
\builtin printf 'pid:%s\0' "$BASHPID"
COMP_TYPE=9 COMP_KEY=9 COMPREPLY=()
__c_command=${COMP_WORDS[0]} __c_word=${COMP_WORDS[COMP_CWORD]} __c_before='' __c_flags='' __c_spec=''
if ((COMP_CWORD)); then __c_before=${COMP_WORDS[COMP_CWORD - 1]}; fi

# bash's own works in its completion alone.
compopt() {
    local one
    for one; do
        case $one in nospace | filenames | default | bashdefault | nosort) __c_flags+="$one " ;; esac
    done
    return 0
}

__c_take() { # compgen's words
    mapfile -t COMPREPLY < <(\builtin compgen "$@")
}

__c_run() { # what `complete -p` prints
    local opts=() asked=''
    \builtin eval "set -- $1"
    shift
    while (($#)); do
        case $1 in
        -F)
            asked=$2
            shift
            ;;
        -o)
            __c_flags+="$2 "
            shift
            ;;
        -[ACGWXPS])
            opts+=("$1" "$2")
            shift
            ;;
        -[abcdefgjksuv]) opts+=("$1") ;;
        --) break ;;
        esac
        shift
    done
    if [[ $asked ]]; then
        "$asked" "$__c_command" "$__c_word" "$__c_before" >/dev/null
    else
        __c_take "${opts[@]}" -- "$__c_word"
    fi
}

# A loader says by 124 that there is another one now.
__c_ask() {
    local turn
    for turn in 1 2; do
        __c_spec=$(\builtin complete -p -- "$__c_command") || __c_spec=$(\builtin complete -p -- "${__c_command##*/}") ||
            __c_spec=$(\builtin complete -p -D)
        if [[ -z $__c_spec ]]; then break; fi
        __c_run "$__c_spec"
        if (($? != 124)); then break; fi
    done
}

__c_files() { # -f or -c
    local plain
    # Quotes are read; nothing is run, and no variable is looked up.
    plain=$(\builtin eval "\\builtin printf %s ${__c_word//[\`\$;&|<>()]/}") || plain=$__c_word
    __c_flags+='filenames '
    __c_take "$1" -- "$plain"
}

if [[ $__c_word == '$'[A-Za-z_]* ]]; then
    __c_take -v -P '$' -- "${__c_word#\$}"
elif ((COMP_CWORD)); then
    __c_ask
    if ((${#COMPREPLY[@]} == 0)) && [[ -z $__c_spec || $__c_flags == *default* ]]; then __c_files -f; fi
elif [[ $__c_word == */* ]]; then
    __c_files -c
else
    __c_take -A alias -A function -A keyword -bc -- "$__c_word"
fi
{
    \builtin printf '%s\n' "$__c_flags"
    for ((__c_n = 0; __c_n < ${#COMPREPLY[@]} && __c_n < __c_most; __c_n++)); do
        __c_word=${COMPREPLY[__c_n]}
        if [[ $__c_flags == *filenames* && $__c_word != */ && -d ${__c_word/#\~/$HOME} ]]; then __c_word+=/; fi
        \builtin printf '%s\n' "$__c_word"
    done
} >|"$__caro_repl_folder/words.$__c_number"
\builtin printf 'words:%s\0' "$__c_number"
