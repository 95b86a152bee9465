"""The key that a fix names puts it into the line, whichever keys the person edits with."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from homes import make_home
from terminals import RC_FILES, Terminal
from test_transform import caro, wait_for_the_guard

ESC_ESC = "\x1b\x1b"
VI = {"bash": "set -o vi\n", "zsh": "bindkey -v\n", "fish": "fish_vi_key_bindings\n"}


@pytest.mark.parametrize("shell", VI)
def test_esc_esc_takes_the_fix_in_vi_mode(start: Callable[..., Terminal], shell: str, tmp_path: Path) -> None:
    home = tmp_path / "home"
    env = make_home(home, shell)
    rc = home / RC_FILES[shell]
    rc.write_text(VI[shell] + rc.read_text())
    (tmp_path / "notes").write_text("a line of notes\n")
    with contextlib.suppress(subprocess.CalledProcessError):  # that it is not up after five seconds
        caro(env, "daemon", "start")
    try:
        wait_for_the_guard(home)
        terminal = start(shell, home, env, cwd=tmp_path)
        terminal.run("gerp line notes")
        for _ in range(200):  # a daemon that was too slow tells it at a later prompt
            if "esc esc" in terminal.seen:
                break
            terminal.run("")
        terminal.settle()
        place = terminal.send(ESC_ESC)
        terminal.wait(r"grep line notes", place)
        terminal.settle()
        place = terminal.send("\r")
        terminal.wait(" of notes", place)  # grep may colour what it found
    finally:
        caro(env, "daemon", "stop")


def test_a_key_of_the_persons_own_stays_theirs(start: Callable[..., Terminal], tmp_path: Path) -> None:
    home = tmp_path / "home"
    env = make_home(home, "bash")
    rc = home / ".bashrc"
    rc.write_text("bind -m emacs '\"\\e\\e\": backward-kill-word'\nset -o vi\n" + rc.read_text())
    terminal = start("bash", home, env, cwd=tmp_path)
    assert "backward-kill-word" in terminal.run("bind -m emacs -q backward-kill-word; set -o emacs")
    assert "caro_fix" not in terminal.run("bind -X | grep -F 'e\\e'").split("\n", 1)[1]
