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


def test_refused_lines_do_not_run(terminal: Terminal, tmp_path: Path) -> None:
    assert "PS0" not in terminal.run("declare -p PS0 2>/dev/null").split("\n", 1)[1]
    for line in LINES:
        place = terminal.send(line.format(m=tmp_path / "veto-mark") + ENTER)
        terminal.wait_prompt(terminal.wait(r"caro: blocked: [^\n]*\n", place).end())
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
