# shellcheck shell=sh
# Caro in sh, shims alone: the shim folder in the first place of PATH, BASH_ENV for the bash below.
# `caro init sh --shims-only` prints this after an assignment of __caro_shims and __caro_bashenv.
if [ -d "${__caro_shims:-}" ] && [ "${CARO_DISABLE:-0}" = 0 ] && [ -z "${CARO_DEEP:-}" ]; then
    case ${PATH:-} in
    "$__caro_shims" | "$__caro_shims":*) ;;
    *)
        # Without `${x//y/}` the folder is cut out wherever it stands, one place at a time.
        __caro_rest=":${PATH:-}:"
        while case $__caro_rest in *":$__caro_shims:"*) \true ;; *) \false ;; esac; do
            __caro_rest="${__caro_rest%%":$__caro_shims:"*}:${__caro_rest#*":$__caro_shims:"}"
        done
        __caro_rest=${__caro_rest#:}
        ORIGINAL_PATH=${__caro_rest%:}
        PATH=$__caro_shims${ORIGINAL_PATH:+:$ORIGINAL_PATH}
        \export PATH ORIGINAL_PATH
        \unset __caro_rest
        ;;
    esac
    if [ -n "${__caro_bashenv:-}" ] && [ "${BASH_ENV:-}" != "$__caro_bashenv" ]; then
        [ -z "${BASH_ENV:-}" ] || \export CARO_BASH_ENV="$BASH_ENV"
        \export BASH_ENV="$__caro_bashenv"
    fi
fi
\unset __caro_shims __caro_bashenv
:
