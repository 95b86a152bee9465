"""Where no relay is above a shell, the pane that shows it is asked: tmux for real, the others as their manuals say."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from terminals import ENTER, RC, Terminal
from test_fixes import prepare

from caro.daemon.command_output import Place, below_line, output_of
from daemons import World

TMUX = shutil.which("tmux") or "tmux"


@pytest.fixture
def world(home: Path, env: dict[str, str]) -> Iterator[World]:
    world = World(home, env | {"GIT_CONFIG_GLOBAL": str(home / ".gitconfig")})
    del world.env["CARO_SESSION_ID"]
    yield world
    world.close()


def wait_screen(terminal: Terminal, text: str) -> None:
    """tmux draws as it likes: the screen tells, not the bytes."""
    late = threading.Event()
    timer = threading.Timer(20, late.set)
    timer.start()
    while text not in terminal.screen:
        terminal._read(0.1)
        assert not late.is_set(), terminal.screen
    timer.cancel()


def test_tmux_tells_what_a_failed_command_printed(world: World) -> None:
    work = prepare(world.home, world.env)
    (world.home / ".bashrc").write_text(RC["bash"])
    world.start()
    world.wait_ready()
    tmux = [TMUX, "-S", str(world.home / "tmux"), "-f", "/dev/null"]
    inside = f"exec '{world.program}' shell --no-relay bash"
    terminal = Terminal([*tmux, "new-session", "-x", "160", "-y", "30", inside], world.env, work, 30, 160)
    try:
        wait_screen(terminal, "<1>")
        terminal.send("./frobtool zebrb" + ENTER)
        wait_screen(terminal, "caro: ./frobtool zebra ")
        terminal.send("caro fix --explain </dev/null" + ENTER)
        wait_screen(terminal, "\n./frobtool zebra\n")
    finally:
        subprocess.run([*tmux, "kill-server"], env=world.env, check=False, capture_output=True)
        terminal.close()


def test_tmux_below_the_relay(world: World) -> None:
    """The relay's variable is inherited, but the pane is another terminal: its text is asked for, not the relay's."""
    work = prepare(world.home, world.env)
    (world.home / ".bashrc").write_text(RC["bash"])
    world.start()
    world.wait_ready()
    tmux = f"{TMUX} -S {world.home}/tmux -f /dev/null"
    terminal = Terminal([world.program, "shell", "bash"], world.env, work, 30, 160)
    try:
        terminal.wait_prompt()
        terminal.send(f"{tmux} new-session 'exec {world.program} shell --no-relay bash'; echo le''ft" + ENTER)
        wait_screen(terminal, "[0] 0:")
        terminal.send("stty size; ./frobtool zebrb" + ENTER)
        wait_screen(terminal, "caro: stty size; ./frobtool zebra ")
        assert "\n29 160\n" in terminal.screen and "133;" not in terminal.screen
        terminal.send("exit" + ENTER)
        wait_screen(terminal, "left\n")
        terminal.send("./frobtool zebrb" + ENTER)
        wait_screen(terminal, "caro: ./frobtool zebra ")
    finally:
        subprocess.run([*tmux.split(), "kill-server"], env=world.env, check=False, capture_output=True)
        terminal.close()


SCREEN = "<1> true\n<2> frobnicate --now                          12:34\nE: no frob\ndid you mean frob?\n\n"
OUTPUT = "E: no frob\ndid you mean frob?"

FAKE = """#!{python}
import json, os, sys
words = sys.argv[1:]
with open({calls!r}, "a") as file:
    file.write(json.dumps([words, dict(os.environ)]) + "\\n")
if {refused!r} and {refused!r} in words:
    sys.exit(2)
with open(words[-1], "w") if {writes} else sys.stdout as out:
    out.write({screen!r})
"""
Fake = Callable[..., Path]


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Fake:
    """Puts a program on PATH that shows SCREEN and writes down how it was called."""
    folder = tmp_path / "programs"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setenv("HIDDEN", "x")

    def make(name: str, writes: bool = False, refused: str = "", text: str = "") -> Path:
        calls = tmp_path / "calls"
        values = {
            "python": sys.executable,
            "calls": str(calls),
            "screen": SCREEN,
            "writes": writes,
            "refused": refused,
        }
        (folder / name).write_text(text or FAKE.format(**values))
        (folder / name).chmod(0o755)
        return calls

    return make


def calls_of(file: Path) -> list[tuple[list[str], dict[str, str]]]:
    return [tuple(json.loads(line)) for line in file.read_text().splitlines()]


KITTY = {"KITTY_LISTEN_ON": "unix:/run/kitty", "KITTY_WINDOW_ID": "3"}
WEZTERM = {"WEZTERM_PANE": "7", "WEZTERM_UNIX_SOCKET": "/run/wezterm"}
ZELLIJ = {"ZELLIJ_SESSION_NAME": "main", "ZELLIJ_PANE_ID": "4"}
KITTY_WORDS = ["@", "--to", "unix:/run/kitty", "get-text", "--match", "id:3", "--extent", "screen"]


@pytest.mark.parametrize(
    ("program", "env", "words"),
    [
        ("kitten", KITTY, KITTY_WORDS),
        ("kitty", KITTY, KITTY_WORDS),
        ("wezterm", WEZTERM, ["cli", "get-text", "--start-line=-200", "--pane-id", "7"]),
        ("zellij", ZELLIJ, ["action", "dump-screen", "--pane-id", "4"]),
    ],
)
def test_panes_that_print(program: str, env: dict[str, str], words: list[str], fake: Fake) -> None:
    calls = fake(program)
    assert output_of(Place(env=env | {"SECRET": "x"}), "frobnicate --now") == OUTPUT
    ((called, seen),) = calls_of(calls)
    assert called == words
    assert not {"SECRET", "HIDDEN"} & set(seen), "neither the shell's environment nor all of the daemon's"
    assert seen.get("WEZTERM_UNIX_SOCKET") == env.get("WEZTERM_UNIX_SOCKET")
    assert seen.get("ZELLIJ_SESSION_NAME") == env.get("ZELLIJ_SESSION_NAME")


def test_an_older_zellij_writes_into_no_file_of_a_disk(fake: Fake, tmp_path: Path) -> None:
    calls = fake("zellij", writes=True, refused="--pane-id")
    assert output_of(Place(env=ZELLIJ), "frobnicate --now") == OUTPUT
    (_first, (words, _env)) = calls_of(calls)
    assert words[:2] == ["action", "dump-screen"]
    assert not os.path.lexists(words[2]) and not os.path.lexists(os.path.dirname(words[2]))


@pytest.mark.parametrize(
    "env",
    [
        {},
        {"TMUX": "/tmp/x,1,0", "TMUX_PANE": "%1; run-shell id"},
        {"WEZTERM_PANE": "--help"},
        {"KITTY_LISTEN_ON": "unix:/x", "KITTY_WINDOW_ID": "1 or id:2"},
        {"KITTY_LISTEN_ON": "unix:/x", "KITTY_WINDOW_ID": "1"},
    ],
)
def test_who_is_not_there_or_strange_is_not_asked(env: dict[str, str], fake: Fake) -> None:
    calls = fake("tmux"), fake("wezterm")
    assert output_of(Place(env=env), "frobnicate --now") is None
    assert not calls[0].exists()


@pytest.mark.parametrize(
    "text", ["#!/bin/sh\nexit 1\n", "#!/bin/sh\nread x <&2\nexec /bin/sleep 600\n", "no program"]
)
def test_who_fails_or_hangs_gives_nothing(text: str, fake: Fake) -> None:
    fake("wezterm", text=text)
    assert output_of(Place(env=WEZTERM), "frobnicate --now") is None


def test_a_zellij_that_never_writes_is_not_waited_for(fake: Fake) -> None:
    fake("zellij", text="#!/bin/sh\ncase $* in *--pane-id*) exit 2 ;; esac\n")
    assert output_of(Place(env=ZELLIJ), "frobnicate --now") is None


@pytest.mark.parametrize(
    ("screen", "line", "output"),
    [
        ("$ a\nold\n$ make\nbad\n", "make", "bad"),
        ("$ make\nbad\n$ make\nworse\n\n\n", "make", "worse"),
        ("$ make       10:00\nbad\n", "make", "bad"),
        ("$ for x in a; do\n> false\n> done\nbad\n", "for x in a; do\nfalse\ndone", "bad"),
        ("other things\n", "make", None),
        ("", "make", None),
        ("$ \n", " ", None),
        ("$ make\n", "make", ""),
    ],
)
def test_only_the_last_commands_rows(screen: str, line: str, output: str | None) -> None:
    assert below_line(screen, line) == output


@given(st.text(max_size=200), st.text(max_size=40))
def test_any_screen_and_line(screen: str, line: str) -> None:
    below = below_line(screen, line)
    assert below is None or screen.rstrip().endswith(below)
