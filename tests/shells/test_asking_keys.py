"""Caro's prompt (ctrl-x ctrl-p) by its keys: lines while one types, Tab, Enter, e, Esc; nothing runs by itself."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from homes import make_home
from terminals import ENTER, Terminal

KEY = "\x18\x10"
SHELLS = ("bash", pytest.param("zsh", marks=pytest.mark.long), pytest.param("fish", marks=pytest.mark.long))
WORDS = "show the last 5 commits"


def opened(terminal: Terminal, line: str) -> int:
    """Caro's prompt over a line that is being typed."""
    return terminal.wait("caro> ", terminal.send(line + KEY)).end()


@pytest.mark.parametrize("shell", SHELLS)
def test_plain_words_are_asked_and_keys_choose(
    start: Callable[..., Terminal], shell: str, tmp_path: Path
) -> None:
    env = make_home(tmp_path / "home", shell)
    terminal = start(shell, tmp_path / "home", env)
    place = opened(terminal, "")
    # No daemon answers while one types: Enter asks, and shows.
    place = terminal.wait("(?s)git log -n 5.*caro> ", terminal.send(WORDS + ENTER)).end()
    place = terminal.wait("caro> 2  history 5", terminal.send("\t")).end()
    place = terminal.wait("(?s)history.*LOW.*caro> ", terminal.send("e" + ENTER)).end()
    place = terminal.wait("(?s)-size.*caro> ", terminal.send("files over 1 MB" + ENTER)).end()
    terminal.wait("(?s)-maxdepth 1.*caro> ", terminal.send("no, only in this folder" + ENTER))
    place = terminal.send(ENTER)
    terminal.wait("find . -maxdepth 1 -type f -size", place)
    terminal.settle()
    terminal.send("\x15")
    marker = tmp_path / "kept"
    opened(terminal, f"touch {marker}")
    terminal.send(WORDS)
    terminal.settle()
    # An arrow is no Esc, Esc alone is one: the line is the one before.
    terminal.send("\x1b[A")
    terminal.settle()
    terminal.send("\x1b")
    terminal.settle()
    assert not marker.exists()
    terminal.wait_prompt(terminal.send(ENTER))
    assert marker.exists(), terminal.screen
