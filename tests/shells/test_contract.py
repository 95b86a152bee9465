"""The doctor's checks of the prompt see what is right, and name what is in the way."""

from __future__ import annotations

from pathlib import Path

import pytest
from homes import make_home

from caro.shell.contract import check_shell


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_all_is_well(shell: str, tmp_path: Path) -> None:
    env = make_home(tmp_path / "home", shell)
    results = check_shell(shell, env)
    assert [result for result in results if not result.ok] == []
    assert {"runs once", "refuses", "status", "history", "latency"} <= {result.check for result in results}
    assert not (tmp_path / "home/.trace_shell.jsonl").exists()


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_without_caro_is_told(shell: str, tmp_path: Path) -> None:
    env = make_home(tmp_path / "home", shell, caro=False)
    assert [(result.check, result.ok, result.cure) for result in check_shell(shell, env)] == [
        ("loaded", False, f"caro install {shell}")
    ]


@pytest.mark.parametrize(
    ("shell", "broken", "named"),
    [
        ("bash", "PROMPT_COMMAND=()\n", "PROMPT_COMMAND"),
        ("bash", "shopt -u promptvars\n", "promptvars"),
        ("bash", "bind -x '\"\\e\\e\": echo mine'\n", "fix key"),
        ("zsh", "preexec_functions=()\n", "preexec_functions"),
    ],
)
def test_what_is_in_the_way_is_named(shell: str, broken: str, named: str, tmp_path: Path) -> None:
    home = tmp_path / "home"
    env = make_home(home, shell)
    rc = home / f".{shell}rc"
    rc.write_text(rc.read_text() + broken)
    told = [result for result in check_shell(shell, env) if not result.ok]
    assert any(named in result.text for result in told)
