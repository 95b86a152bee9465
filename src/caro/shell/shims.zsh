# Caro in zsh, shims alone: the shim folder in the first place of PATH, BASH_ENV for the bash below.
# `caro init zsh --shims-only` prints this after an assignment of __caro_shims and __caro_bashenv.
# A function of its own: with ksh_arrays, say, ${path:#...} is one folder.
() {
    emulate -L zsh
    if [[ -d ${__caro_shims:-} && ${CARO_DISABLE:-0} == 0 && -z ${CARO_DEEP:-} ]]; then
        if [[ ${path[1]:-} != ${__caro_shims} ]]; then
            path=(${path:#${__caro_shims}})
            export ORIGINAL_PATH=${PATH}
            path=(${__caro_shims} ${path})
            export PATH
        fi
        if [[ -n ${__caro_bashenv:-} && ${BASH_ENV:-} != ${__caro_bashenv} ]]; then
            [[ -n ${BASH_ENV:-} ]] && export CARO_BASH_ENV=${BASH_ENV}
            export BASH_ENV=${__caro_bashenv}
        fi
        # A session of its own for each interactive shell, but for the one that `caro run` made: UUIDv7, no fork.
        if [[ -o interactive && ( -z ${CARO_RUN:-} || ${CARO_RUN} != ${CARO_SESSION_ID:-} ) && ${(t)CARO_SESSION_ID-} != *readonly* ]] && zmodload zsh/datetime 2>/dev/null
        then
            () {
                emulate -L zsh
                local time
                printf -v time '%012x' $(( epochtime[1] * 1000 + epochtime[2] / 1000000 ))
                printf -v CARO_SESSION_ID '%s-%s-7%03x-%04x-%04x%04x%04x' ${time[1,8]} ${time[9,12]} \
                    $(( RANDOM & 0xfff )) $(( (RANDOM & 0x3fff) | 0x8000 )) \
                    $(( (RANDOM * 2) ^ RANDOM )) $(( (RANDOM * 2) ^ RANDOM )) $(( (RANDOM * 2) ^ RANDOM ))
            }
            export CARO_SESSION_ID
            unset CARO_PARENT_ID
        fi
    fi
    unset __caro_shims __caro_bashenv
}
:
