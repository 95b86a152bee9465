"""A new user's first line: the daemon that nobody started yet has been woken by the first prompt."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from homes import make_home
from terminals import Terminal

from waiting import PATIENCE


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_first_prompt_wakes_the_daemon(
    shell: str, tmp_path: Path, start: Callable[..., Terminal]
) -> None:
    home = tmp_path / "home"
    # After a missed answer nobody asks for 30 s: on a busy machine 50 ms are too few.
    env = make_home(home, shell) | {"CARO_DAEMON_TIMEOUT_MS": "3000"}
    subprocess.run(["caro", "config", "set", "daemon.auto_start", "true"], env=env, check=True)
    terminal = start(shell, home, env)
    log = home / ".local/state/caro/daemon.log"
    end = time.monotonic() + PATIENCE
    try:
        while not (log.exists() and '"ready"' in log.read_text()) and time.monotonic() < end:
            terminal.settle(0.05)
        assert '"ready"' in log.read_text()
        # A busy machine may miss the 50 ms that an answer has; a daemon that nobody woke misses them all.
        assert any("echo hello" in terminal.run("ehco hello") for _ in range(20))
        terminal.leave()
    finally:
        subprocess.run(["caro", "daemon", "stop"], env=env, check=True, capture_output=True)
