# shellcheck shell=bash
# Caro in bash, shims alone: the shim folder in the first place of PATH, BASH_ENV for what bash starts.
# `caro init bash --shims-only` prints this after an assignment of __caro_shims and __caro_bashenv.
if [[ -d ${__caro_shims:-} && ${CARO_DISABLE:-0} == 0 && -z ${CARO_DEEP:-} ]]; then
    if [[ ${PATH:-} != "${__caro_shims}" && ${PATH:-} != "${__caro_shims}":* ]]; then
        __caro_rest=:${PATH:-}:
        __caro_rest=${__caro_rest//":${__caro_shims}:"/:}
        __caro_rest=${__caro_rest#:}
        export ORIGINAL_PATH=${__caro_rest%:}
        export PATH=${__caro_shims}${ORIGINAL_PATH:+:${ORIGINAL_PATH}}
        unset -v __caro_rest
    fi
    if [[ -n ${__caro_bashenv:-} && ${BASH_ENV:-} != "${__caro_bashenv}" ]]; then
        [[ -n ${BASH_ENV:-} ]] && export CARO_BASH_ENV=${BASH_ENV}
        export BASH_ENV=${__caro_bashenv}
    fi
    # A session of its own for each interactive shell, but for the one that `caro run` made.
    # UUIDv7 (RFC 9562) from the clock and SRANDOM: no fork. Older bash leaves it to the first shim.
    if [[ $- == *i* && ( -z ${CARO_RUN:-} || ${CARO_RUN} != "${CARO_SESSION_ID:-}" ) && -n ${SRANDOM:-} ]]; then
        __caro_time=${EPOCHREALTIME//[!0-9]/}
        printf -v __caro_time '%012x' "$((__caro_time / 1000))"
        printf -v CARO_SESSION_ID '%s-%s-7%03x-%04x-%04x%08x' "${__caro_time:0:8}" "${__caro_time:8:4}" \
            "$((SRANDOM & 0xfff))" "$((SRANDOM & 0x3fff | 0x8000))" "$((SRANDOM & 0xffff))" "$((SRANDOM))"
        export CARO_SESSION_ID
        unset -v __caro_time CARO_PARENT_ID
    fi 2>/dev/null
fi
unset -v __caro_shims __caro_bashenv
:
