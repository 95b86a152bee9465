# What may stand at the end of a line, printed into a file: run in a process forked from the person's shell within its
# own completion, which may hang (src/caro/repl/asked_words.py). __c_number and __c_most are set.
exec </dev/null 2>/dev/null
builtin zmodload zsh/system
builtin printf 'pid:%s\0' $sysparams[pid]
typeset -gi __c_n=0
compadd() {
  builtin local __c_word __c_letters __c_letter __c_value __c_display __c_P __c_p __c_S __c_s __c_files __c_each
  builtin local -i __c_at=1
  builtin local -a __c_found __c_said
  while (( __c_at <= $# )); do
    __c_word=${@[__c_at++]}
    [[ $__c_word == -[^-]* ]] || break
    __c_letters=${__c_word[2,-1]}
    while [[ -n $__c_letters ]]; do
      __c_letter=$__c_letters[1] __c_letters=${__c_letters[2,-1]}
      case $__c_letter in
      ([DOA]) builtin compadd "$@"; return ;;
      ([PSpsiIWdJVXxrRFEM])
        if [[ -n $__c_letters ]]; then __c_value=$__c_letters __c_letters=''; else __c_value=${@[__c_at++]}; fi
        case $__c_letter in
        (d) __c_display=$__c_value ;;
        (P) __c_P=$__c_value ;;
        (p) __c_p=$__c_value ;;
        (S) __c_S=$__c_value ;;
        (s) __c_s=$__c_value ;;
        esac ;;
      (f) __c_files=x ;;
      esac
    done
  done
  if [[ $__c_display == \(*\) ]]; then builtin eval "__c_said=$__c_display"; elif [[ -n $__c_display ]]; then __c_said=("${(@P)__c_display}"); fi
  builtin compadd -A __c_found -D __c_said "$@"
  for (( __c_at = 1; __c_at <= $#__c_found && __c_n < __c_most; __c_at++, __c_n++ )); do
    __c_each="$IPREFIX$__c_P$__c_p$__c_found[__c_at]$__c_s$__c_S"
    [[ -z $__c_files || ! -d ${(Q)__c_p}${(Q)__c_found[__c_at]} || $__c_each == */ ]] || __c_each+=/
    builtin print -r -- "${__c_each//[[:cntrl:]]/?}"$'\t'"${${${__c_said[__c_at]-}#*[[:space:]]-- }//[[:cntrl:]]/ }" >>$__caro_repl_folder/words.$__c_number
  done
  (( $#__c_found ))
}
builtin print '' >|$__caro_repl_folder/words.$__c_number
_main_complete >/dev/null
builtin printf 'words:%s\0' $__c_number
