"""Keys that need the command `caro`, where PATH has none."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from homes import make_home
from terminals import Terminal

OVERLAY = "\x18\x14"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_overlay_opens_by_the_noted_interpreter_or_says_what_it_lacks(
    start: Callable[..., Terminal], shell: str, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    env = make_home(home, shell)
    (home / "caro").mkdir()
    (home / "caro/__init__.py").write_text(f"open({str(tmp_path / 'hit')!r}, 'w')\n")
    terminal = start(shell, home, env)
    terminal.run("set -gx PATH /usr/bin /bin" if shell == "fish" else "PATH=/usr/bin:/bin")
    terminal.run("echo begun")
    place = terminal.send(OVERLAY)
    place = terminal.wait("Into the prompt", place).end()
    terminal.settle()
    place = terminal.send("q")
    terminal.wait(r"\x1b\[\?1049l", place)
    terminal.settle()
    noted = home / ".local/share/caro/bin/interpreter"
    terminal.run(f"rm {noted}")
    place = terminal.send(OVERLAY)
    terminal.wait("this key needs the command caro", place)
    assert not (tmp_path / "hit").exists()
