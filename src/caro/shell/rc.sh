# shellcheck shell=sh
# What ENV names in `caro shell sh`: gives ENV back, sources what the person's shell would, then Caro.
# shellcheck disable=SC1090  # the person's file, and the one beside this
__caro_init=${ENV%/*}/init.sh
if [ -n "${CARO_SHELL_ENV+x}" ]; then
    ENV=$CARO_SHELL_ENV
    unset CARO_SHELL_ENV
else
    unset ENV
    # Without ENV mksh and ksh93 read a file of their own.
    case ${KSH_VERSION-} in
    *MIRBSD*) __caro_rc=$HOME/.mkshrc ;;
    ?*) __caro_rc=$HOME/.kshrc ;;
    esac
fi
if [ -n "${ENV-}" ]; then __caro_rc=$ENV; fi
if [ -n "${__caro_rc-}" ] && [ -r "$__caro_rc" ]; then . "$__caro_rc"; fi
unset __caro_rc
if [ -r "$__caro_init" ]; then . "$__caro_init"; fi
unset __caro_init
