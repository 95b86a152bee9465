# shellcheck shell=bash
# The rc file of `caro shell bash`: the person's own, then Caro. bash reads /etc/bash.bashrc by itself also when
# --rcfile names another file than ~/.bashrc.
# shellcheck disable=SC1090,SC1091  # the person's file, and the one beside this
{
    if [[ -r ~/.bashrc ]]; then . ~/.bashrc; fi
    if [[ -r ${BASH_SOURCE[0]%/*}/init.bash ]]; then . "${BASH_SOURCE[0]%/*}/init.bash"; fi
}
