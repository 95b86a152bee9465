"""`shell.explain = "always"`: what a failure means stands below its line, in each shell; the prompt comes as always."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from homes import make_home
from terminals import Terminal
from test_transform import caro, wait_for_the_guard


@pytest.mark.long
@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_failure_is_explained_below_its_line(
    start: Callable[..., Terminal], shell: str, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    env = make_home(home, shell) | {"NO_COLOR": "1"}
    caro(env, "config", "set", "shell.explain", "always")
    caro(env, "config", "set", "daemon.timeout_ms", "5000")
    caro(env, "daemon", "start")
    try:
        wait_for_the_guard(home)
        terminal = start(shell, home, env, cwd=tmp_path)
        terminal.run("echo first")
        shown = len(terminal.seen)
        for _ in range(20):
            terminal.run("sh -c 'exit 126'")
            if "caro: try: ls -l; chmod +x" in terminal.seen[shown:]:
                break
        said = terminal.seen[shown:]
        assert "caro: the command was found but could not be run" in said, terminal.screen
        assert "caro: exit status 126" in said and "caro: try: ls -l; chmod +x" in said, terminal.screen
    finally:
        caro(env, "daemon", "stop")
