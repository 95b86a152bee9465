"""bash: a refused line is dropped by SIGINT, and whether it was is looked at before its first command."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from homes import make_home
from terminals import ENTER, RC_FILES, Terminal

Start = Callable[..., Terminal]
# What keeps SIGINT from the shell's top level after Caro has looked.
KEEPERS = {
    "another prompt tool": "PROMPT_COMMAND+=(\"trap 'echo got' INT\")\n",
    "one that ignores it": "PROMPT_COMMAND+=(\"trap '' INT\")\n",
    "a key's command": 'bind -x \'"\\C-t": trap "echo got" INT\'\n',
}
LINES = (
    "touch {m}",
    "echo a; touch {m}",
    "for i in 1 2; do touch {m}; done",
    "echo a | tee {m}",
    "X=$(touch {m})",
    "touch {m} &",
    "while :; do touch {m}; done",
)


@pytest.mark.parametrize("line", LINES[:5])
@pytest.mark.parametrize("keeper", KEEPERS)
def test_the_first_refused_line_does_not_run(start: Start, keeper: str, line: str, tmp_path: Path) -> None:
    env = make_home(tmp_path / "home", "bash")
    rc = tmp_path / "home" / RC_FILES["bash"]
    rc.write_text(rc.read_text() + KEEPERS[keeper])
    terminal = start("bash", tmp_path / "home", env)
    for number, one in enumerate((line, *LINES)):
        keys = "\x14" if "key" in keeper else ""
        place = terminal.send(keys + one.format(m=tmp_path / "veto-mark") + ENTER)
        terminal.wait(r"caro: blocked: [^\n]*\n", place)
        terminal.wait_prompt(place)
        if "key" not in keeper:
            assert ("was not dropped" in terminal.seen[place:]) == (number == 0), one
        assert terminal.value("works", tmp_path) == "works", one
        assert not (tmp_path / "veto-mark").exists(), one


@pytest.mark.parametrize("before", ["true", "(exit 128)"])
def test_nor_one_after_others_that_ran(start: Start, before: str, tmp_path: Path) -> None:
    """The INT trap of the prompt before is taken away, and stands there again behind Caro's part of this one."""
    env = make_home(tmp_path / "home", "bash")
    rc = tmp_path / "home" / RC_FILES["bash"]
    rc.write_text(rc.read_text() + KEEPERS["another prompt tool"])
    terminal = start("bash", tmp_path / "home", env)
    terminal.run("true")
    terminal.run(before)
    place = terminal.send(f"touch {tmp_path}/veto-mark; echo a" + ENTER)
    terminal.wait(r"caro: blocked: [^\n]*\n", place)
    terminal.wait_prompt(place)
    assert "was not dropped" in terminal.seen[place:]
    assert terminal.value("works", tmp_path) == "works" and not (tmp_path / "veto-mark").exists()


def test_nobody_sees_the_look(start: Start, tmp_path: Path) -> None:
    env = make_home(tmp_path / "home", "bash")
    terminal = start("bash", tmp_path / "home", env)
    for line, shown in (
        ("echo a b", "a b"),
        ('echo "[$_]"', "[b]"),
        ("(exit 7)", ""),
        ('echo "[$?]"', "[7]"),
        ("true | false", ""),
        ('echo "[${PIPESTATUS[*]}]"', "[0 1]"),
        ('echo "[$(trap -p DEBUG)]"', "[]"),
        ("trap 'count=$((count + 1))' DEBUG", ""),
        ("trap -p DEBUG", "trap -- 'count=$((count + 1))' DEBUG"),
    ):
        assert shown in terminal.run(line).split("\n", 1)[1]
