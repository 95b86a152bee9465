"""A fix that could not come in time comes at a later prompt."""

from __future__ import annotations

import json
import os
import re
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from homes import make_home
from terminals import Terminal
from test_transform import caro, wait_for_the_guard

FIX_SHOWN = re.compile(r"for `gerp -c line notes`: (\x1b\[[\d;]*m)*grep -c line notes")


@contextmanager
def held(env: dict[str, str]) -> Iterator[None]:
    """The daemon is there and does not answer, as on a machine that has no time for it."""
    pid = json.loads(caro(env, "status", "--json"))["daemon"]["pid"]
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
@pytest.mark.parametrize("misses", [1, 3])
def test_the_fix_of_a_line_that_met_a_slow_daemon_comes_later(
    start: Callable[..., Terminal], shell: str, misses: int, tmp_path: Path
) -> None:
    """The first miss opens the breaker; what fails behind it is told without waiting."""
    home = tmp_path / "home"
    env = make_home(home, shell)
    caro(env, "daemon", "start")
    (tmp_path / "notes").write_text("a line of notes\n")
    try:
        wait_for_the_guard(home)
        terminal = start(shell, home, env, cwd=tmp_path)
        terminal.run("echo first")
        with held(env):
            for _ in range(misses - 1):
                terminal.run("mkae all")
            terminal.run("gerp -c line notes")
        shown = len(terminal.seen)
        for _ in range(200):
            if FIX_SHOWN.search(terminal.seen, shown):
                break
            terminal.run("")
        assert FIX_SHOWN.search(terminal.seen, shown), terminal.screen
    finally:
        caro(env, "daemon", "stop")
