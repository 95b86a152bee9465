"""`caro help`, `caro tour` and Caro's own prompt."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from terminals import ENTER, Terminal

from caro.cli.help import topics
from conftest import make_home

Caro = Callable[..., subprocess.CompletedProcess[str]]


def test_every_topic_is_listed_and_shown(caro: Caro) -> None:
    listed = caro("help").stdout
    for name, title in topics().items():
        assert name in listed and caro("help", name).stdout.startswith(title)


def test_a_command_has_its_page_and_an_unknown_topic_is_named(caro: Caro) -> None:
    assert caro("help", "config").returncode == 0
    assert "usage: caro shims" in caro("help", "shims").stdout
    told = caro("help", "nonsense")
    assert told.returncode == 2 and "keys" in told.stderr


def test_the_tour_asks_nobody_where_nobody_is(caro: Caro) -> None:
    told = caro("tour", stdin=subprocess.DEVNULL)
    assert told.returncode == 0 and "caro uninstall" in told.stdout


def test_every_word_of_the_prompt_answers_without_a_daemon(
    start: Callable[..., Terminal], tmp_path: Path
) -> None:
    home = tmp_path / "home"
    env = make_home(home, "bash")
    terminal = start("bash", home, env)
    place = terminal.send("rm -rf ~/notes; gti x\x18\x10")
    for word, told in (
        ("explain", "=> deletes files: ~/notes"),
        ("explain ls -l", "No effect that matters was found."),
        ("ask how do I list files", "not answered in this version yet"),
        ("fix", "no daemon runs"),
        ("mode", "mode: passive"),
        ("help", "back to the line"),
    ):
        terminal.wait("caro> ", place)
        place = terminal.send(word + ENTER)
        place = terminal.wait(told, place).end()
    terminal.wait("caro> ", place)
    terminal.send(ENTER)
    terminal.settle()
    terminal.send("\x15")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_key_opens_the_prompt_and_gives_the_line_back(
    start: Callable[..., Terminal], shell: str, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    env = make_home(home, shell)
    terminal = start(shell, home, env)
    place = terminal.send(f"touch {tmp_path}/kept\x18\x10")
    terminal.wait("caro> ", place)
    place = terminal.send("mode active" + ENTER)
    terminal.wait("mode: active", place)
    assert 'mode = "active"' in (home / ".config/caro/config.toml").read_text()
    terminal.wait("caro> ", terminal.wait("mode: active", place).end())
    terminal.send(ENTER)
    terminal.settle()
    place = terminal.send(ENTER)
    terminal.wait_prompt(place)
    assert (tmp_path / "kept").exists()
