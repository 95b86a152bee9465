# shellcheck shell=bash
# Records this bash's builtins (`caro run --builtins`): sends its xtrace to a collector. Sourced by bashenv with
# CARO_BUILTINS naming the caro-xtrace program. Bash 5 or later; anything else that is missing means: not recorded.
#
# A pipe would be the obvious way and the wrong one: full, it stops the script; without a reader, SIGPIPE kills it.
# The collector's memory file does neither. Its descriptor is opened by each bash for itself (BASH_XTRACEFD is not
# exported: a child in which that number is closed would say so on its standard error).
#
# Not where the trace is somebody else's: `bash -x`, an own BASH_XTRACEFD, or SHELLOPTS in the environment, which
# would hand the x option down to children that know nothing of the collector.
if [[ ${BASH_VERSINFO[0]} -ge 5 && $- != *x* && -z ${BASH_XTRACEFD-} && ${SHELLOPTS@a} != *x* && ${PS4@a} != *x* ]]; then
    __caro_name=
    if [[ -n ${CARO_XTRACE-} ]]; then
        # The number may belong to another program by now: never append to that one's files.
        { read -r __caro_name <"/proc/${CARO_XTRACE}/comm"; } 2>/dev/null || :
    fi
    if [[ ${__caro_name} != caro-xtrace ]]; then
        CARO_XTRACE=$("${CARO_BUILTINS}" --start 2>/dev/null) || CARO_XTRACE=
        export CARO_XTRACE
    fi
    unset -v __caro_name
    # Not {BASH_XTRACEFD}>>, which takes 10: a script that closes or uses that one would get the trace on its stderr.
    # 971 is open already where this bash took the place of another.
    if [[ -n ${CARO_XTRACE} ]] && { exec 971>>"/proc/${CARO_XTRACE}/fd/3"; } 2>/dev/null; then
        BASH_XTRACEFD=971
        # Expanded for each command, so what never changes ($$) stands in it; `${X-}` costs more than `$X`, but under
        # `set -u` it says nothing where a script has no X.
        PS4=$'\x1e''$BASHPID'$'\x1f'"$$"$'\x1f''${LINENO-}'$'\x1f''${BASH_SOURCE-}'$'\x1f''${PWD-}'$'\x1f''$EPOCHREALTIME'
        PS4+=$'\x1f'${CARO_PARENT_ID-}$'\x1f'
        set -x
    fi
fi
