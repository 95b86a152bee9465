# shellcheck shell=bash
# The rc file of `caro repl bash`: the person's own and Caro's, as in `caro shell`, then the receiver. The token of the
# marks leaves the environment first: no program below is to know it.
# shellcheck disable=SC1090,SC1091  # the files beside this
{
    __caro_repl=${CARO_REPL-}
    unset -v CARO_REPL
    if [[ -r ${BASH_SOURCE[0]%/*}/rc.bash ]]; then . "${BASH_SOURCE[0]%/*}/rc.bash"; fi
    if [[ -r ${BASH_SOURCE[0]%/*}/receive.bash ]]; then . "${BASH_SOURCE[0]%/*}/receive.bash"; fi
}
