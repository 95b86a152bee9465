"""Asking at Caro's prompt (ctrl-x ctrl-p) with bad input, sick models and keys that end things: never a stuck prompt,
never a line that changed without a key."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from homes import make_home
from terminals import ENTER, Terminal

from llm.servers import OK, Fake, in_a_thread, piece, whole

KEY = "\x18\x10"
SHELLS = ("bash", pytest.param("zsh", marks=pytest.mark.long), pytest.param("fish", marks=pytest.mark.long))
WORDS = "ask files over 10 MB changed this week" + ENTER


def model(home: Path, url: str) -> None:
    config = home / ".config/caro/config.toml"
    config.write_text(config.read_text() + f'\n[llm]\nenabled = true\ntimeout_ms = 60000\nurl = "{url}"\n')


def opened(terminal: Terminal, line: str) -> int:
    """Caro's prompt over a line that is being typed."""
    place = terminal.send(line + KEY)
    return terminal.wait("caro> ", place).end()


def is_kept(terminal: Terminal, marker: Path) -> None:
    """The line is the one that was typed, and runs at Enter as if nothing had been."""
    terminal.settle()
    place = terminal.send(ENTER)
    terminal.wait_prompt(place)
    assert marker.exists(), terminal.screen


@pytest.mark.parametrize("shell", SHELLS)
def test_no_words_and_no_key_change_the_line(
    start: Callable[..., Terminal], shell: str, tmp_path: Path
) -> None:
    """No daemon, no model, in a folder named like an option: empty, control characters, 100 KB, ^Z, ^\\, Esc, ^C."""
    env = make_home(tmp_path / "home", shell)
    folder, marker = tmp_path / "--help", tmp_path / "kept"
    folder.mkdir()
    terminal = start(shell, tmp_path / "home", env, cwd=folder)
    place = opened(terminal, f"touch {marker}")
    for words in (
        "ask" + ENTER,
        "ask \x01\x02\x1b[2Jlist \x16\x1b]0;t\x16\x07files" + ENTER,
        "ask " + "files " * 600 + ENTER,
        "ask 使用 \u202e ls" + ENTER,
        "\x1a\x1cask list files" + ENTER,
        "e 99" + ENTER,
        "999999999999999999999999" + ENTER,
    ):
        place = terminal.wait("caro> ", terminal.send(words)).end()
    # What is longer than a terminal's line is cut by the kernel; what follows it is the next line.
    terminal.send("ask " + "x" * 100_000 + ENTER)
    terminal.wait("caro> ", place)
    terminal.settle()
    terminal.send("\x1b" + ENTER)
    is_kept(terminal, marker)
    marker.unlink()
    opened(terminal, f"touch {marker}")
    terminal.send("\x03")
    is_kept(terminal, marker)


SICK = {
    "hangs": (Fake("openai", [b""], hangs=True), "\x1b"),
    "dies in the middle": (Fake("openai", [OK + piece("openai", "find . -na")]), ""),
    "talks Chinese": (Fake("openai", [whole("使用 find 命令。")("openai")]), ""),
    "repeats itself": (Fake("openai", [OK + piece("openai", "find . " * 30) * 400], hangs=True), ""),
    "hangs, ^C": (Fake("openai", [OK + piece("openai", "fi")], hangs=True), "\x03"),
}


@pytest.mark.long
@pytest.mark.parametrize("shell", SHELLS)
def test_a_sick_model_holds_nobody(start: Callable[..., Terminal], shell: str, tmp_path: Path) -> None:
    for name, (fake, key) in SICK.items():
        home, marker = tmp_path / name.replace(" ", "-"), tmp_path / f"kept-{len(name)}"
        env = make_home(home, shell)
        fake.asked.clear()
        with in_a_thread(fake) as url:
            model(home, url)
            terminal = start(shell, home, env)
            place = opened(terminal, f"touch {marker}")
            place = terminal.wait("puts one into the line", terminal.send(WORDS)).end()
            if key:
                while not fake.asked:
                    terminal.settle(0.02)
                terminal.settle()
                terminal.send(key)
            terminal.wait("caro> ", place)
            terminal.send("\x1b")
            is_kept(terminal, marker)
            terminal.close()


@pytest.mark.long
def test_two_ask_at_once_and_a_closed_terminal_ends_it(
    start: Callable[..., Terminal], tmp_path: Path
) -> None:
    home = tmp_path / "home"
    env = make_home(home, "bash")
    fake = Fake("openai", [b""], hangs=True)
    with in_a_thread(fake) as url:
        model(home, url)
        terminals = [start("bash", home, env) for _ in range(2)]
        places = [opened(terminal, "echo x") for terminal in terminals]
        for terminal, place in zip(terminals, places, strict=True):
            terminal.send(WORDS)
            terminal.wait("puts one into the line", place)
        while len(fake.asked) < 2:
            terminals[0].settle(0.02)
        pid = terminals[0].child.pid
        terminals[0].close()
        terminals[1].send("\x1b")
        terminals[1].wait("caro> ", places[1])
        while not fake.left.is_set():
            terminals[1].settle(0.02)
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
