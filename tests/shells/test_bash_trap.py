"""bash before 4.4, by forcing its branch on today's bash: weaker, and what it holds is held."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from homes import lines_of, make_home
from terminals import ENTER, Terminal

LINES = [
    "touch {m}",
    "touch {m}; echo b",
    "echo a; touch {m}",
    "true && touch {m}",
    "echo a | tee {m}",
    "for i in 1 2; do touch {m}; done",
    "{{ touch {m}; }}",
    "X=$(touch {m})",
    "touch {m} &",
    "(touch {m}; touch {m})",
    "f() {{ touch {m}; }}; f",
    "while :; do touch {m}; done",
    "until touch {m}; do touch {m}; done",
    "for ((;;)); do touch {m}; done",
    "for i in $(touch {m}); do :; done",
    "while :; do :; done | tee {m}",
    "if touch {m}; then :; fi",
    "cat > {m} <<END\rtext\rEND",
    "[[ -n $(touch {m}) ]]",
    "case $(touch {m}) in *) ;; esac",
    "coproc touch {m}",
    "exit # veto-mark",
]


@pytest.fixture
def terminal(start: Callable[..., Terminal], tmp_path: Path) -> Terminal:
    env = make_home(tmp_path / "home", "bash")
    return start("bash", tmp_path / "home", env | {"CARO_BASH_TRAP": "1"})


def refuse(terminal: Terminal, line: str) -> None:
    """Types a line and waits until it was blocked, and a prompt is there: what runs in the background is judged there,
    before or after the prompt."""
    place = terminal.send(line + ENTER)
    terminal.wait(r"caro: blocked: [^\n]*\n", place)
    terminal.wait_prompt(place)


# What the history keeps no entry of, or has already, and who else writes to it.
UNSEEN = {
    "the same line again": ("HISTCONTROL=ignoredups", ["echo a; touch {m}", "echo a; touch {m}"]),
    "erased duplicates": ("HISTCONTROL=erasedups", ["echo a; touch {m}", "echo a; touch {m}"]),
    "a leading space": ("HISTCONTROL=ignoreboth", [" echo a; touch {m}", " (touch {m})"]),
    "HISTIGNORE": ("HISTIGNORE='echo*:&'", ["echo a; touch {m}", "echo a; touch {m}"]),
    "history off": (
        "set +o history",
        ["touch {m}", "echo a; touch {m}", "(touch {m})", "while :; do touch {m}; done"],
    ),
    "HISTSIZE=0": ("HISTSIZE=0", ["touch {m}", "(echo a; touch {m})"]),
    "another's entries": (
        "PROMPT_COMMAND+='; history -s other'",
        ["touch {m}", "(touch {m})", "touch {m} &"],
    ),
    "entries after the prompt": ("PS1+='$(:)'; __caro_entry=x", ["touch {m}", "echo a; touch {m}"]),
    "a key's command": ("bind -x '\"\\C-t\": echo key'", ["\x14echo a; touch {m}", "\x14(touch {m})"]),
    "COMP_LINE": ("COMP_LINE=x; export COMP_LINE", ["touch {m}"]),
    "an alias": ("alias e='echo a'", ["e; touch {m}", "e && (touch {m})"]),
}


@pytest.mark.parametrize("name", UNSEEN)
def test_lines_that_the_history_does_not_tell(
    start: Callable[..., Terminal], name: str, tmp_path: Path
) -> None:
    before, lines = UNSEEN[name]
    env = make_home(tmp_path / "home", "bash")
    terminal = start("bash", tmp_path / "home", env | {"CARO_BASH_TRAP": "1"})
    terminal.run(before)
    for line in lines:
        refuse(terminal, line.format(m=tmp_path / "veto-mark"))
    assert terminal.value("works", tmp_path) == "works"
    assert list(tmp_path.glob("veto-mark*")) == []


def test_what_the_history_leaves_out_is_left_out(start: Callable[..., Terminal], tmp_path: Path) -> None:
    env = make_home(tmp_path / "home", "bash", extra_rc="HISTCONTROL=ignoreboth HISTIGNORE='echo ignored*'\n")
    terminal = start("bash", tmp_path / "home", env | {"CARO_BASH_TRAP": "1"})
    for line in ("echo kept", "echo kept", " echo blank", "echo ignored 1", "(echo kept too)"):
        terminal.run(line)
    kept = terminal.value("\"$HISTCONTROL $HISTIGNORE $(history | cut -c 8- | tr '\\n' ';')\"", tmp_path)
    assert kept.startswith("ignoreboth echo ignored* echo kept;(echo kept too);echo ")


def test_refused_lines_do_not_run(terminal: Terminal, tmp_path: Path) -> None:
    assert "PS0" not in terminal.run("declare -p PS0 2>/dev/null").split("\n", 1)[1]
    for line in LINES:
        refuse(terminal, line.format(m=tmp_path / "veto-mark"))
        assert terminal.value("works", tmp_path) == "works", line
    assert list(tmp_path.glob("veto-mark*")) == []


def test_lines_are_recorded_once(terminal: Terminal, tmp_path: Path) -> None:
    terminal.run("echo one; echo two")
    terminal.run("sh -c 'exit 3'")
    terminal.run("echo end")
    told = [(line["text"], line.get("exit_code")) for line in lines_of(tmp_path / "home")]
    assert told == [("echo one; echo two", 0), ("sh -c 'exit 3'", 3)]


def test_a_debug_trap_of_the_persons_goes_on(start: Callable[..., Terminal], tmp_path: Path) -> None:
    env = make_home(tmp_path / "home", "bash", extra_rc="trap 'count=$((count + 1))' DEBUG\n")
    terminal = start("bash", tmp_path / "home", env | {"CARO_BASH_TRAP": "1"})
    before = int(terminal.value("$count", tmp_path))
    assert int(terminal.value("$count", tmp_path)) > before
