# Caro in fish, shims alone: the shim folder in the first place of PATH, BASH_ENV for the bash below.
# `caro init fish --shims-only` prints this after an assignment of __caro_shims and __caro_bashenv.
if test -d "$__caro_shims"; and not builtin contains -- "$CARO_DISABLE" 1 true yes on; and test -z "$CARO_DEEP"
    if test "$PATH[1]" != "$__caro_shims"
        set -gx ORIGINAL_PATH (string match -v -- "$__caro_shims" $PATH | string join :)
        set -gx PATH "$__caro_shims" (string split : -- "$ORIGINAL_PATH")
    end
    if test -n "$__caro_bashenv"; and test "$BASH_ENV" != "$__caro_bashenv"
        test -n "$BASH_ENV"; and set -gx CARO_BASH_ENV "$BASH_ENV"
        set -gx BASH_ENV "$__caro_bashenv"
    end
end
set -e __caro_shims
set -e __caro_bashenv
true
