"""A user's work folder in which things go wrong, and a shell in it: shared by the tests of fixes."""

from __future__ import annotations

import subprocess
from pathlib import Path

from terminals import RC, RC_FILES, Terminal

from daemons import World


def failing_world(home: Path, env: dict[str, str]) -> World:
    """Each shell makes a session of its own."""
    world = World(home, env | {"GIT_CONFIG_GLOBAL": str(home / ".gitconfig")})
    del world.env["CARO_SESSION_ID"]
    return world


def make_work(home: Path, env: dict[str, str]) -> Path:
    """A repository on a branch without upstream, and a script without its bit."""
    (home / ".gitconfig").write_text("[user]\nname = t\nemail = t@example.com\n")
    work = home / "work"
    for words in (
        ["init", "-q", "--bare", str(home / "origin.git")],
        ["init", "-q", "-b", "topic", str(work)],
        ["-C", str(work), "commit", "-q", "--allow-empty", "-m", "x"],
        ["-C", str(work), "remote", "add", "origin", str(home / "origin.git")],
    ):
        subprocess.run(["git", *words], env=env, check=True, capture_output=True)
    (work / "script").write_text("#!/bin/sh\necho ran\n")
    return work


def open_shell(shell: str, world: World, cwd: Path) -> Terminal:
    rc = world.home / RC_FILES[shell]
    rc.parent.mkdir(parents=True, exist_ok=True)
    rc.write_text(RC[shell])
    (world.home / ".local/share/fish/generated_completions").mkdir(parents=True, exist_ok=True)
    terminal = Terminal([world.program, "shell", shell], world.env, cwd)
    terminal.wait_prompt()
    return terminal
