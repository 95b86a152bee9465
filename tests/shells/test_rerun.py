"""`fc` and `r` run earlier lines again: those are judged, not the word that asks for them."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from homes import make_home
from terminals import ENTER, Terminal

BEFORE = ("touch {m}", "touch {d}/veto-Xark")
"""The first is refused, the second runs."""
AGAIN = {
    "bash": (
        "fc -s -2", "fc -s X=m", "echo a; fc -s X=m", "again -2", "builtin fc -s -2", "X=1 fc -e - X=m",
        "if fc -s X=m; then :; fi",
    ),
    "zsh": ("r -2", "r X=m", "fc -e - -2", "echo a; fc -s X=m", "again X=m", "builtin fc -e - -2", "noglob r X=m"),
}  # fmt: skip
ALIAS = {"bash": "alias again='fc -s'\n", "zsh": "alias again=r\n"}
FIRST = {"bash": {}, "bash, DEBUG trap": {"CARO_BASH_TRAP": "1"}, "zsh": {}}


def shell_of(name: str) -> str:
    return name.split(",")[0]


@pytest.fixture
def begin(start: Callable[..., Terminal], tmp_path: Path) -> Callable[[str], Terminal]:
    def run(name: str) -> Terminal:
        shell = shell_of(name)
        env = make_home(tmp_path / "home", shell, extra_rc=ALIAS[shell])
        return start(shell, tmp_path / "home", env | FIRST[name])

    return run


@pytest.mark.parametrize("name", FIRST)
def test_what_runs_again_is_judged(begin: Callable[[str], Terminal], name: str, tmp_path: Path) -> None:
    terminal = begin(name)
    for again in AGAIN[shell_of(name)]:
        for line in BEFORE:
            terminal.run(line.format(m=tmp_path / "veto-mark", d=tmp_path))
        place = terminal.send(again + ENTER)
        terminal.wait(r"caro: blocked: [^\n]*\n", place)
        terminal.wait_prompt(place)
        assert terminal.value("works", tmp_path) == "works", again
        assert not (tmp_path / "veto-mark").exists(), again


@pytest.mark.parametrize("name", FIRST)
def test_what_may_run_again_does(begin: Callable[[str], Terminal], name: str, tmp_path: Path) -> None:
    terminal = begin(name)
    terminal.run(f"touch {tmp_path}/one")
    os.unlink(tmp_path / "one")
    terminal.run("fc -s touch" if shell_of(name) == "bash" else "r touch")
    assert (tmp_path / "one").exists()
    terminal.run("touch veto-mark")
    assert "touch" in terminal.run("fc -l -2"), "a list runs nothing"


@pytest.mark.parametrize("name", ["bash", "zsh"])
def test_what_an_editor_makes_is_asked_about_in_mode_active(
    begin: Callable[[str], Terminal], name: str, tmp_path: Path
) -> None:
    terminal = begin(name)
    terminal.run("export CARO_SAFETY_MODE=active")
    terminal.run("echo a")
    place = terminal.send("fc -e true -1" + ENTER)
    terminal.wait("nobody has judged it", place)
    terminal.settle()
    terminal.send("n")
    terminal.wait("not run", place)
