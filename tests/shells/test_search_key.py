"""C-r with `shell.pick`: what is chosen comes into the line and does not run; another tool's key stays its own."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from homes import make_home
from terminals import ENTER, RC_FILES, Terminal

from caro.paths import Paths
from caro.record.lines_build import build_lines
from lines_reader import read_texts
from waiting import wait_until

Start = Callable[..., Terminal]
SHELLS = ("bash", "zsh", "fish")
SEARCH = "\x12"


def home_with_search(home: Path, shell: str, **options: str) -> dict[str, str]:
    env = make_home(home, shell, **options) | {"TERM": "xterm-256color"}
    for key, value in (("shell.pick", "true"),):
        subprocess.run(["caro", "config", "set", key, value], env=env, check=True, capture_output=True)
    return env


def type_and_search(terminal: Terminal, words: str, text: str) -> None:
    place = terminal.send(SEARCH)
    terminal.wait("all> ", place)
    terminal.settle()
    place = terminal.send(words)
    terminal.wait(words[-1], place)
    terminal.settle()
    assert text in terminal.screen


@pytest.mark.parametrize("shell", SHELLS)
def test_a_line_comes_into_the_prompt_and_does_not_run(shell: str, start: Start, tmp_path: Path) -> None:
    home = tmp_path / "home"
    terminal = start(shell, home, home_with_search(home, shell))
    terminal.run("echo one >>ran; true first")
    terminal.run("echo two >>ran")
    type_and_search(terminal, "first", "echo one")
    terminal.send(ENTER)
    terminal.settle(0.4)
    assert (home / "ran").read_text() == "one\ntwo\n"
    assert terminal.screen.splitlines()[-1].endswith("echo one >>ran; true first")
    place = terminal.send(ENTER)
    terminal.wait_prompt(place)
    assert (home / "ran").read_text() == "one\ntwo\none\n"
    # Given up: what was typed stands there again.
    terminal.send("echo ty")
    type_and_search(terminal, "ped", "> echo typed")
    terminal.send("\x1b")
    terminal.settle(0.4)
    terminal.send("ping" + ENTER)
    terminal.wait("typing")


@pytest.mark.parametrize("shell", SHELLS)
def test_a_forgotten_line_is_in_no_file(shell: str, start: Start, tmp_path: Path) -> None:
    home = tmp_path / "home"
    kept = "HISTFILE=~/.zsh_history HISTSIZE=99 SAVEHIST=99\n" if shell == "zsh" else ""
    env = home_with_search(home, shell, before_rc=kept)
    terminal = start(shell, home, env)
    terminal.run("true sesame-tree")
    terminal.run("true other")
    terminal.run("true last")
    paths = Paths.of(env)
    build_lines(paths, home / ".trace_shell.jsonl")
    assert b"true sesame-tree" in set(read_texts(paths.lines))
    type_and_search(terminal, "sesame", "true sesame-tree")
    place = terminal.send("\x1b[3~")
    terminal.wait("forgotten", place)
    terminal.send("\x1b")
    terminal.settle(0.4)
    # What the shell has in memory alone goes too, and what Caro knows without its secret.
    terminal.run("true walnut-door")
    terminal.run("mysql -u walnut -pWalnutDoor77 db; true")
    assert "Other shells" in terminal.run("caro history forget walnut --shells --yes")
    terminal.run("true after")
    terminal.leave()
    assert "true after" in "".join(path.read_text() for path in home.rglob("*history*") if path.is_file())

    def holders() -> list[Path]:
        words = re.compile(rb"sesame-tree|(?i:walnut)")
        return [path for path in home.rglob("*") if path.is_file() and words.search(path.read_bytes())]

    wait_until(lambda: not holders(), holders)


TAKEN = {
    "bash": """__other() { READLINE_LINE="echo other" READLINE_POINT=99; }; bind -x '"\\C-r": __other'\n""",
    "zsh": "other() { BUFFER='echo other' CURSOR=99 }; zle -N other; bindkey '^R' other\n",
    "fish": "function fish_user_key_bindings; bind \\cr 'commandline -r \"echo other\"'; end\n",
}


@pytest.mark.parametrize("shell", SHELLS)
def test_a_key_that_is_taken_is_not_stolen(shell: str, start: Start, tmp_path: Path) -> None:
    home = tmp_path / "home"
    env = home_with_search(home, shell, extra_rc=TAKEN[shell] if shell == "fish" else "")
    if shell != "fish":
        rc = home / RC_FILES[shell]
        rc.write_text(TAKEN[shell] + rc.read_text())
    terminal = start(shell, home, env)
    terminal.send(SEARCH)
    terminal.wait("echo other")
    told = subprocess.run(["caro", "doctor"], env=env, capture_output=True, text=True)
    assert "C-r is another tool's" in told.stdout
