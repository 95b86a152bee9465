"""The same lines in the same shell, with and without Caro: what they show is the same, byte for byte.

Left out of the comparison is what is documented: `CARO_*`, `ORIGINAL_PATH`, `SHIM_ACTIVE`, the shims' place in PATH and
BASH_ENV, names that begin with `__caro_`, and process numbers.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from homes import SHELL_WORDS, make_home
from terminals import Terminal

Pair = tuple[Terminal, Terminal]
ENVIRONMENT = (
    "env | grep -vE '^(CARO_|ORIGINAL_PATH=|SHIM_ACTIVE=|BASH_ENV=|PATH=|_=|HOME=|PWD=|OLDPWD=)' | sort"
)
DESCRIPTORS = "ls /proc/$$/fd | tr '\\n' ' '"
OWN_DESCRIPTORS = "sh -c 'ls /proc/$$/fd' | tr '\\n' ' '"

COMMON = [
    ("false", "echo $?"),
    ("true", "echo $?"),
    ("(exit 42)", "echo $?"),
    ("sh -c 'exit 7'", "echo $?", "echo $?"),
    ("sh -c 'kill -TERM $$'", "echo $?"),
    ("nosuchcommand_here", "echo $?"),
    ("cd /nosuchfolder", "echo $?"),
    ("echo a b c", 'echo "$_"'),
    (": one two", 'echo "$_"'),
    ("trap",),
    ("trap 'echo i' INT", "trap", "kill -INT $$", "trap - INT"),
    ("set -x", "echo a", "set +x"),
    ("set -f", "echo *", "set +f"),
    ("set -u", "echo b", "set +u"),
    ("set -C", "echo c", "set +C"),
    ("set -e", "true", "echo d", "set +e"),
    ("set -o pipefail", "false | true", "echo $?", "set +o pipefail"),
    ("set -euo pipefail", "echo e", "echo $?", "set +euo pipefail"),
    ("IFS=:", "x=a:b; echo $x", "unset IFS"),
    ("sleep 60 &", "jobs", "kill %1; wait %1 2>/dev/null", "jobs"),
    ("true & wait $!", "echo $?", "jobs"),
    ("wait", "echo $?"),
    ("sh -c 'kill -STOP $$; exit 3'", "jobs", "echo $?", "fg", "echo $?", "jobs"),
    ("alias zz='echo Z'", "zz", "alias zz", "unalias zz"),
    ("f() { echo in; return 3; }", "f", "echo $?", "unset -f f"),
    ("echo $-",),
    ("echo $SHLVL $0",),
    ("umask", "ulimit -n"),
    ("stty -a",),
    (ENVIRONMENT,),
    (DESCRIPTORS,),
    (OWN_DESCRIPTORS,),
    ("cat <<END\rone\rEND",),
    ("for i in 1 2\rdo echo $i\rdone",),
    ("echo one \\\rtwo",),
    ("echo x > /dev/null; echo $?",),
    ("echo one", "!!"),
    ("exec 3>/dev/null", DESCRIPTORS, "exec 3>&-"),
    ("set -v", "echo v", "set +v"),
    ("",),
    ("# a comment",),
    ("echo 'unfinished\rquote'",),
    ("set -o",),
    ("read x <<< hello; echo $x",),
    ("kill -0 $$; echo $?",),
]

BASH = [
    ("false | true | (exit 3)", 'echo "${PIPESTATUS[@]}"', 'echo "${PIPESTATUS[@]}"'),
    ("shopt -p",),
    ("trap 'echo dbg' DEBUG", "echo a", "trap -p", "trap - DEBUG"),
    ("trap 'echo err' ERR", "false", "true", "trap - ERR"),
    ("set -E; trap 'echo err' ERR", "false", "true", "trap - ERR; set +E"),
    ("set -T; trap 'echo dbg $BASH_COMMAND' DEBUG", "f() { echo in; }; f", "trap - DEBUG; set +T"),
    ("trap 'echo i' INT; trap 'echo d' DEBUG", "trap -p", "trap - INT DEBUG"),
    ("trap 'echo bye' EXIT", "trap -p EXIT", "trap - EXIT"),
    ("history -c", "echo h1", "history"),
    (
        "HISTCONTROL=ignoreboth",
        "echo a",
        " echo b",
        "echo a",
        "echo a",
        "history 4",
        "echo $HISTCONTROL",
    ),
    (
        "HISTCONTROL=ignorespace:erasedups",
        "echo c",
        " echo d",
        "echo e",
        "echo c",
        "history 4",
        "HISTCONTROL=",
    ),
    (
        "export HISTCONTROL=ignorespace",
        " echo d",
        "env | grep HISTC",
        "declare -p HISTCONTROL",
        "unset HISTCONTROL",
    ),
    ("unset HISTCONTROL", "echo ${HISTCONTROL-unset}"),
    ("HISTIGNORE='echo h*'", "echo hidden", "history 2", 'echo "$HISTIGNORE"', "unset HISTIGNORE"),
    ("set +o history", "echo off", "set -o history", "history 2"),
    ("HISTTIMEFORMAT='x '", "history 2", "unset HISTTIMEFORMAT"),
    ("shopt -u cmdhist", "for i in 1\rdo echo $i\rdone", "history 4", "shopt -s cmdhist"),
    ("shopt -s lithist", "for i in 1\rdo echo $i\rdone", "history 3", "shopt -u lithist"),
    ("fc -l -2",),
    ("RANDOM=5", "echo $RANDOM $RANDOM"),
    ("shopt -s nullglob extglob", "echo *.none @(x|y)", "shopt -u nullglob extglob"),
    ("shopt -s extdebug", "shopt extdebug", "shopt -u extdebug"),
    ("set -o posix", "echo p", "set +o posix"),
    ('echo "${BASH_SOURCE[@]}" "${FUNCNAME[@]}" "$BASH_COMMAND"',),
    ("declare -F | grep -v __caro_",),
    ("compgen -A alias; compgen -A builtin | wc -l",),
    ("printf '%q\\n' \"$IFS\"",),
    ("bind -q accept-line", "bind -v | head -5"),
    ("set -o vi", "set +o vi; set -o emacs", "echo back"),
    ("x=1; echo ${x@a}",),
    ("PS0='[before] '$PS0", "echo with", "PS0=${PS0#?before? }"),
    ("echo $BASH_SUBSHELL $LINENO",),
]

ZSH = [
    ("false | true | (exit 3)", "echo $pipestatus", "echo $pipestatus"),
    ("setopt",),
    ("unsetopt",),
    ("TRAPINT() { echo i; return 0 }", "functions TRAPINT", "unfunction TRAPINT"),
    ("setopt ksh_arrays", "echo a", "unsetopt ksh_arrays"),
    ("setopt sh_word_split", "x='a b'; echo $x", "unsetopt sh_word_split"),
    ("setopt hist_ignore_space", " echo b", "fc -l -2", "unsetopt hist_ignore_space"),
    ("setopt err_return", "true", "unsetopt err_return"),
    ("setopt no_nomatch", "echo *.none", "setopt nomatch"),
    ("setopt print_exit_value", "sh -c 'exit 5'", "unsetopt print_exit_value"),
    ("setopt warn_create_global", "echo w", "unsetopt warn_create_global"),
    ("setopt all_export", "echo ex", "unsetopt all_export"),
    ("trap 'echo z' ZERR", "false", "true", "trap - ZERR"),
    ("print -P '%?'", "false", "print -P '%?'"),
    ("echo $options[xtrace] $options[aliases] $options[shglob]",),
    ("sched",),
    ("alias -g GG='global'", "echo GG", "unalias GG"),
    ("zle -l | grep -v __caro_ | wc -l",),
    ("print -z 'echo pushed'",),
    ("",),
]

FISH = [
    ("false", "echo $status"),
    ("true", "echo $status"),
    ("sh -c 'exit 42'", "echo $status", "echo $status"),
    ("false | true", "echo $pipestatus"),
    ("sh -c 'kill -TERM $fish_pid' | true", "echo $status"),
    ("nosuchcommand_here", "echo $status"),
    ("cd /nosuchfolder", "echo $status"),
    ("set -l x 1; echo $x",),
    ("set -g y 2", "echo $y", "set -e y", "echo $y"),
    ("set -x z 3", "env | grep '^z='", "set -e z"),
    ("for i in 1 2\recho $i\rend",),
    ("if true\recho yes\rend",),
    ("begin; echo a; echo b; end | cat",),
    ("function f; echo in; return 3; end", "f", "echo $status", "functions -e f"),
    ("sleep 60 &", "jobs -p | wc -l", "kill (jobs -p); wait", "jobs"),
    ("true &", "wait", "echo $status"),
    ("string length hello", "math 1 + 2"),
    ("echo (echo sub)",),
    ("not true; or echo or",),
    ("true; and echo and",),
    ("echo a > /dev/null; echo $status",),
    ("echo 'unfinished\rquote'",),
    ("echo one \\\rtwo",),
    ("stty -a",),
    ("umask", "ulimit -n"),
    ("ls /proc/$fish_pid/fd | tr '\\n' ' '",),
    ("sh -c 'ls /proc/$$/fd' | tr '\\n' ' '",),
    (ENVIRONMENT,),
    ("echo $SHLVL",),
    ("status is-interactive; echo $status", "status is-login; echo $status"),
    ("functions | grep -v __caro_ | wc -l",),
    ("abbr -a zz echo Z", "zz", "abbr --erase zz"),
    ("alias yy='echo Y'", "yy", "functions -e yy"),
    ("set -U uu 1", "echo $uu", "set -e uu"),
    ("history search --max 2 | cat",),
    ("",),
    ("# a comment",),
    ("echo $fish_bind_mode $fish_key_bindings",),
    ("fish_vi_key_bindings", "echo vi", "fish_default_key_bindings"),
    ("bind | grep -vE '__caro_|visual' | grep -vE '^bind (--preset )?(-M [a-z]+ )?.(r|n) ' | wc -l",),
    ("commandline", "echo $status"),
    ("read x < /etc/hostname; test -n $x; echo $status",),
    ("eval 'echo ev'", "source /dev/null; echo $status"),
    ("command true; builtin true; echo $status",),
    ("trap 'echo t' USR1", "kill -USR1 $fish_pid; true", "trap - USR1"),
]

TABLE = {
    "bash": COMMON + BASH,
    "zsh": [probe for probe in COMMON if probe != ("set -o",)] + ZSH,
    "fish": FISH,
}


@pytest.fixture(scope="module")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Pair]]:
    """Two shells of a kind: without Caro, and with it. Names of the same length, so that lines wrap alike."""
    made: dict[str, Pair] = {}

    def pair_of(shell: str) -> Pair:
        if shell not in made:
            folder = tmp_path_factory.mktemp(shell)
            shells = []
            for name, caro in (("aaaa", False), ("bbbb", True)):
                env = make_home(folder / name, shell, caro=caro)
                shells.append(Terminal(SHELL_WORDS[shell], env, folder / name))
                shells[-1].wait_prompt()
            made[shell] = (shells[0], shells[1])
        return made[shell]

    yield pair_of
    for pair in made.values():
        for terminal in pair:
            terminal.close()


def shown(terminal: Terminal, probe: tuple[str, ...]) -> str:
    """The screen after the probe's lines, without what differs between any two shells."""
    terminal.run("clear")
    for line in probe:
        terminal.run(line)
    terminal.settle(0.03)
    text = re.sub(r"\b(aaaa|bbbb)\b", "HOME", terminal.screen)
    text = re.sub(
        r"^[^\n]*__caro_prompt [^\n]*\n", "", text, flags=re.MULTILINE
    )  # set -v shows PROMPT_COMMAND
    return re.sub(r"^\[(\d+)\]( *[-+]|) +\d{2,}\b", r"[\1]\2 PID", text, flags=re.MULTILINE)


CASES = [(shell, probe) for shell, table in TABLE.items() for probe in table]


@pytest.mark.parametrize(
    ("shell", "probe"), CASES, ids=lambda value: value if isinstance(value, str) else value[0][:40]
)
def test_a_probe_shows_the_same(pairs: Callable[[str], Pair], shell: str, probe: tuple[str, ...]) -> None:
    bare, caro = pairs(shell)
    assert shown(caro, probe) == shown(bare, probe)
