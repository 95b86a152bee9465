"""`caro shell`: the person's rc files and Caro, and no dotfile is touched."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from homes import CONFIG, make_home
from terminals import ENTER, Terminal

Start = Callable[..., Terminal]
PROGRAMS = ["bash", "zsh", "fish", "dash", "mksh", "ksh93"]
VARIABLES = 'echo "${ZDOTDIR-none} ${ENV-none} $SHLVL $0 $-"'


def dotfiles(home: Path) -> dict[str, str]:
    files = [file for file in home.rglob("*") if file.is_file() and "caro" not in str(file.relative_to(home))]
    return {
        str(file): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in files
        if "history" not in file.name
    }


def make_bare_home(home: Path, shell: str) -> dict[str, str]:
    """A home where Caro is in no rc file, but has a configuration (no daemon starts by itself)."""
    env = make_home(home, shell, caro=False)
    (home / ".config/caro").mkdir(mode=0o700, parents=True)
    (home / ".config/caro/config.toml").write_text(CONFIG)
    return env


@pytest.mark.parametrize("program", PROGRAMS)
def test_the_rc_files_are_read_and_caro_is_there(start: Start, program: str, tmp_path: Path) -> None:
    shell = program if program in ("bash", "zsh", "fish") else "sh"
    home = tmp_path / "home"
    env = make_bare_home(home, shell)
    before = dotfiles(home)
    terminal = start(shell, home, env, ["caro", "shell", program])
    line = f"touch {tmp_path}/veto-mark"
    place = terminal.send((f"caro_run {line}" if shell == "sh" else line) + ENTER)
    terminal.wait("caro: blocked", place)
    assert not (tmp_path / "veto-mark").exists()
    terminal.close()
    after = dotfiles(home)
    assert {name: after.get(name) for name in before} == before


@pytest.mark.parametrize("program", ["bash", "zsh", "dash"])
def test_it_is_not_otherwise_different(start: Start, program: str, tmp_path: Path) -> None:
    shell = program if program != "dash" else "sh"
    home = tmp_path / "home"
    env = make_bare_home(home, shell)
    env["SHELL"] = f"/bin/{program}"
    bare = start(shell, home, env, [program, "-i"])
    caro = start(shell, home, env, ["caro", "shell"])
    told = [terminal.run(VARIABLES).splitlines()[1].strip() for terminal in (bare, caro)]
    assert re.sub(r"(/usr)?/bin/", "", told[1]) == re.sub(r"(/usr)?/bin/", "", told[0])
