"""A refused line: nothing of it runs, whatever its form; it stays in the history, and $? is 130."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from terminals import ENTER, PASTE_BEGIN, PASTE_END, Terminal

Home = tuple[Path, dict[str, str]]


@dataclass(frozen=True)
class Scenario:
    """Keys that would make the marker `{m}`, in a shell that ran `before`. `\\0PATTERN\\0` waits for the screen."""

    name: str
    keys: str
    before: tuple[str, ...] = ()
    after: str = ""
    """What leads back to an ordinary shell."""


COMMON = (
    Scenario("simple", "touch {m}\r"),
    Scenario("list", "echo a; touch {m}\r"),
    Scenario("list, danger first", "touch {m}; echo a\r"),
    Scenario("pipe", "echo a | tee {m}\r"),
    Scenario("background", "touch {m} &\r"),
    Scenario("and-or", "true && touch {m} || true\r"),
    Scenario("redirection does not truncate", "echo a > {m}\r"),
    Scenario("leading space", " touch {m}\r"),
    Scenario("comment behind", "touch {m} # really\r"),
    Scenario("quoted", "touch '{m}'\r"),
    Scenario("bracketed paste", PASTE_BEGIN + "touch {m}" + PASTE_END + "\r"),
    Scenario("edited line", "toch {m}\x01\x1b[C\x1b[Cu\x05\r"),
)

POSIX = (
    Scenario("subshell", "(touch {m})\r"),
    Scenario("group", "{{ touch {m}; }}\r"),
    Scenario("for loop", "for i in 1 2; do touch {m}; done\r"),
    Scenario("while loop", "while :; do touch {m}; break; done\r"),
    Scenario("if", "if :; then touch {m}; fi\r"),
    Scenario("function", "f() {{ touch {m}; }}; f\r"),
    Scenario("assignment", "X=$(touch {m})\r"),
    Scenario("heredoc", "cat > {m} <<END\rtext\rEND\r"),
    Scenario("continuation at PS2", "for i in 1\rdo touch {m}\rdone\r"),
    Scenario("backslash continuation", "touch \\\r{m}\r"),
    Scenario("history expansion", "!!k\r", before=("touch {dir}/veto-mar",)),
    Scenario("raw paste of three lines", "echo a\rtouch {m}\recho b\r"),
    Scenario(
        "bracketed paste of three lines", PASTE_BEGIN + "echo a\ntouch {m}\ntouch {m}.2" + PASTE_END + "\r"
    ),
    Scenario("an INT trap", "touch {m}\r", before=("trap 'echo trapped' INT",), after="trap - INT"),
    Scenario(
        "an INT trap, subshell", "(touch {m}; :)\r", before=("trap 'echo trapped' INT",), after="trap - INT"
    ),
    Scenario("an ignored INT", "touch {m}\r", before=("trap '' INT",), after="trap - INT"),
    Scenario("up-arrow recall", "touch {m}\r\x1b[A\r"),
)

BASH = (
    Scenario("ignorespace", " touch {m}\r", before=("HISTCONTROL=ignorespace",), after="HISTCONTROL="),
    Scenario("ignoreboth", " touch {m}; :\r", before=("HISTCONTROL=ignoreboth",), after="HISTCONTROL="),
    Scenario("HISTIGNORE", "touch {m}\r", before=("HISTIGNORE='touch*:ls'",), after="unset HISTIGNORE"),
    Scenario("HISTSIZE=0", "touch {m}\r", before=("HISTSIZE=0",), after="HISTSIZE=500"),
    Scenario("history off", "touch {m}\r", before=("set +o history",), after="set -o history"),
    Scenario("history off, ^J", "touch {m}\n", before=("set +o history",), after="set -o history"),
    Scenario(
        "history off, PS2",
        "for i in 1\rdo touch {m}\rdone\r",
        before=("set +o history",),
        after="set -o history",
    ),
    Scenario(
        "cmdhist off",
        "for i in 1\rdo touch {m}; done\r",
        before=("shopt -u cmdhist",),
        after="shopt -s cmdhist",
    ),
    Scenario(
        "cmdhist off, first line",
        "for i in {m}\rdo touch $i; done\r",
        before=("shopt -u cmdhist",),
        after="shopt -s cmdhist",
    ),
    Scenario(
        "lithist", "for i in 1\rdo touch {m}; done\r", before=("shopt -s lithist",), after="shopt -u lithist"
    ),
    Scenario("set -e", "touch {m}\r", before=("set -e",), after="set +e"),
    Scenario("set -x", "touch {m}\r", before=("set -x",), after="set +x"),
    Scenario(
        "set -T with a DEBUG trap",
        "touch {m}\r",
        before=("set -T; trap : DEBUG",),
        after="set +T; trap - DEBUG",
    ),
    Scenario("set -u", "touch {m}\r", before=("set -u",), after="set +u"),
    Scenario(
        "set -o noclobber, pipefail",
        "touch {m}\r",
        before=("set -o noclobber -o pipefail",),
        after="set +o noclobber +o pipefail",
    ),
    Scenario("posix mode", "touch {m}\r", before=("set -o posix",), after="set +o posix"),
    Scenario(
        "HISTTIMEFORMAT", "touch {m}\r", before=("HISTTIMEFORMAT='%F %T '",), after="unset HISTTIMEFORMAT"
    ),
    Scenario("vi mode", "touch {m}\x1b\r", before=("set -o vi",), after="set -o emacs"),
    Scenario(
        "INT and DEBUG traps",
        "touch {m}\r",
        before=("trap 'echo i' INT; trap : DEBUG",),
        after="trap - INT DEBUG",
    ),
    Scenario(
        "INT trap and set -e",
        "touch {m}\r",
        before=("trap 'echo i' INT; set -e",),
        after="trap - INT; set +e",
    ),
    Scenario(
        "exported HISTCONTROL",
        " touch {m}\r",
        before=("export HISTCONTROL=ignoreboth",),
        after="unset HISTCONTROL",
    ),
    Scenario(
        "a function named history",
        "touch {m}\r",
        before=("history() {{ :; }}; trap() {{ :; }}",),
        after="unset -f history trap",
    ),
    Scenario(
        "IFS, no folder in memory",
        "touch {m}\r",
        before=("IFS=0123456789abcdef-; __caro_dir=",),
        after="unset IFS",
    ),
    Scenario("IFS", "touch {m}\r", before=("IFS=0123456789abcdef-",), after="unset IFS"),
)

ZSH = (
    Scenario("alias", "vetoed\r", before=()),
    Scenario("global alias", "echo a VETOED\r"),
    Scenario("suffix of a function", "function f {{ touch {m} }}; f\r"),
    Scenario(
        "hist_ignore_space",
        " touch {m}\r",
        before=("setopt hist_ignore_space",),
        after="unsetopt hist_ignore_space",
    ),
    Scenario("no history", "touch {m}\r", before=("HISTSIZE=0",), after="HISTSIZE=500"),
    Scenario("err_exit", "touch {m}\r", before=("setopt err_return",), after="unsetopt err_return"),
    Scenario("xtrace", "touch {m}\r", before=("setopt xtrace",), after="unsetopt xtrace"),
    Scenario(
        "ksh_arrays",
        "touch {m}\r",
        before=("setopt ksh_arrays sh_word_split",),
        after="unsetopt ksh_arrays sh_word_split",
    ),
    Scenario(
        "TRAPINT", "touch {m}\r", before=("TRAPINT() {{ echo i; return 0 }}",), after="unfunction TRAPINT"
    ),
    Scenario("vi mode", "touch {m}\x1b\r", before=("bindkey -v",), after="bindkey -e"),
    Scenario("no_unset", "touch {m}\r", before=("setopt no_unset",), after="setopt unset"),
    Scenario("noclobber", "touch {m}\r", before=("setopt noclobber",), after="unsetopt noclobber"),
)

FISH = (
    Scenario("and", "true; and touch {m}\r"),
    Scenario("begin", "begin; touch {m}; end\r"),
    Scenario("for loop", "for i in 1 2; touch {m}; end\r"),
    Scenario("multi-line for", "for i in 1\rtouch {m}\rend\r"),
    Scenario("if", "if true; touch {m}; end\r"),
    Scenario("function", "function f; touch {m}; end; f\r"),
    Scenario("substitution", "set x (touch {m})\r"),
    Scenario("abbreviation", "vetoed\r"),
    Scenario("paste of lines", PASTE_BEGIN + "echo a\ntouch {m}\n" + PASTE_END + "\r"),
    Scenario("^J", "touch {m}\n"),
    Scenario(
        "history search",
        "true tou\x1b[A\r",
        before=("set -g CARO_DISABLE 1", "true touch {m}", "set -e CARO_DISABLE"),
    ),
    Scenario(
        "a key of the person's that executes",
        "touch {m}\x1bz",
        before=("bind \\ez execute; __caro_take_keys",),
    ),
    Scenario("vi insert", "touch {m}\r", before=("fish_vi_key_bindings",), after="fish_default_key_bindings"),
    Scenario(
        "vi normal",
        "touch {m}\x1b\0\\[N\\]\0\r",
        before=("fish_vi_key_bindings",),
        after="fish_default_key_bindings",
    ),
)

RC_EXTRA = {
    "bash": "",
    "zsh": "alias vetoed='touch {dir}/veto-mark'; alias -g VETOED='; touch {dir}/veto-mark'\n",
    "fish": "abbr -a vetoed 'touch {dir}/veto-mark'\n",
}
TABLE = {"bash": COMMON + POSIX + BASH, "zsh": COMMON + POSIX + ZSH, "fish": COMMON + FISH}


@pytest.fixture(scope="module")
def shells(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], tuple[Terminal, Path]]]:
    """One shell of each kind for all scenarios: what one leaves behind would show in the next."""
    from homes import SHELL_WORDS, make_home

    made: dict[str, tuple[Terminal, Path]] = {}

    def shell_of(shell: str) -> tuple[Terminal, Path]:
        if shell not in made:
            folder = tmp_path_factory.mktemp(f"veto-{shell}")
            env = make_home(folder / "home", shell, extra_rc=RC_EXTRA[shell].replace("{dir}", str(folder)))
            terminal = Terminal(SHELL_WORDS[shell], env, folder)
            terminal.wait_prompt()
            made[shell] = terminal, folder
        return made[shell]

    yield shell_of
    for terminal, _folder in made.values():
        terminal.close()


CASES = [(shell, scenario) for shell, table in TABLE.items() for scenario in table]


@pytest.mark.parametrize(("shell", "scenario"), CASES, ids=lambda value: getattr(value, "name", value))
def test_nothing_of_a_refused_line_runs(
    shells: Callable[[str], tuple[Terminal, Path]], shell: str, scenario: Scenario
) -> None:
    terminal, folder = shells(shell)
    names = {"m": str(folder / "veto-mark"), "dir": str(folder)}
    for line in scenario.before:
        terminal.run(line.format(**names))
    if shell == "fish":
        refuse_in_fish(terminal, scenario.keys.format(**names))
    else:
        place = type_keys(terminal, scenario.keys.format(**names))
        terminal.wait(r"caro: blocked: [^\n]*\n", place)
    # A witness line: it runs after all of the refused one would have, and its status is the shell's.
    status = terminal.value('"$status"' if shell == "fish" else '"$?"', folder)
    left = sorted(file.name for file in folder.glob("veto-mark*"))
    if scenario.after:
        terminal.run(scenario.after)
    assert left == []
    if shell != "fish" and "paste of three" not in scenario.name:
        assert status == "130"


def test_a_status_above_127_tells_of_no_line_that_ran(shells: Callable[[str], tuple[Terminal, Path]]) -> None:
    """Bash leaves such a status as it is when SIGINT drops a line."""
    terminal, folder = shells("bash")
    for status in (128, 255):
        terminal.run(f"(exit {status})")
        place = terminal.send(f"touch {folder}/veto-mark" + ENTER)
        terminal.wait_prompt(terminal.wait(r"caro: blocked: [^\n]*\n", place).end())
        assert terminal.value('"$__caro_way"', folder) == "ps0"
    assert "was not dropped" not in terminal.seen and list(folder.glob("veto-mark*")) == []


def type_keys(terminal: Terminal, keys: str) -> int:
    place = len(terminal.seen)
    for index, part in enumerate(keys.split("\0")):
        if index % 2:
            terminal.wait(part, place)
        else:
            terminal.send(part)
    return place


def refuse_in_fish(terminal: Terminal, keys: str) -> None:
    """fish keeps the line in its editor: seen, then put away."""
    place = type_keys(terminal, keys)
    end = terminal.wait(r"caro: blocked: [^\n]*\n", place).end()
    terminal.wait(rf"<{terminal.tick}> ", end)
    terminal.send("\x07")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
@pytest.mark.parametrize("count", [300, pytest.param(1000, marks=pytest.mark.long)])
def test_no_denial_leaks(shells: Callable[[str], tuple[Terminal, Path]], shell: str, count: int) -> None:
    terminal, folder = shells(shell)
    for index in range(count):
        line = (
            f"touch {folder}/veto-mark{index}",
            f"(touch {folder}/veto-mark{index})",
            f"echo a > {folder}/veto-mark",
        )
        if shell == "fish":
            refuse_in_fish(terminal, line[(index % 3 == 2 and 2) or 0] + ENTER)
        else:
            place = terminal.send(line[index % 3] + ENTER)
            terminal.wait_prompt(terminal.wait(r"caro: blocked: [^\n]*\n", place).end())
    terminal.value("end", folder)
    assert list(folder.glob("veto-mark*")) == []
