"""Twelve wrong lines in bash, zsh and fish: each gets its fix at once, and the key puts it into the line, not run.

Programs that need a cluster, a daemon or the network are stand-ins that print what the real ones print.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from terminals import ENTER

from daemons import World
from failing import failing_world, make_work, open_shell

STAND_INS = {
    "kubectl": (1, """error: the server doesn't have a resource type "$2"\\n"""),
    "docker": (1, """docker: unknown command: docker $1\\n\\nRun 'docker --help' for more information\\n"""),
    "npm": (
        1,
        """Unknown command: "$1"\\n\\n\\nDid you mean this?\\n  npm install # Install a package\\n"""
        """To see a list of supported npm commands, run:\\n  npm help\\n""",
    ),
    "pip": (
        1,
        """error: externally-managed-environment\\n\\n× This environment is externally managed\\n"""
        """╰─> To install Python packages system-wide, try apt install\\n    python3-xyz, where xyz is the"""
        """ package you are trying to\\n    install.\\n""",
    ),
    "systemctl": (1, """Unknown command verb $1.\\n"""),
}
LINES = [
    ("gti status", "git status"),
    ("git psuh", "git push"),
    ("kubectl get pdos", "kubectl get pods"),
    ("docker pss", "docker ps"),
    ("npm isntall", "npm install"),
    ("cd /usr/lcoal", "cd /usr/local"),
    ("cat /etc/hostnme", "cat /etc/hostname"),
    ("git push", "git push --set-upstream origin topic"),
    ("pip install requests", "python3 -m venv .venv && .venv/bin/pip install requests"),
    ("./script", "chmod +x ./script"),
    ("mkdir a/b/c", "mkdir -p a/b/c"),
    ("systemctl strat nginx", "systemctl start nginx"),
]
KILL_LINE = "\x05\x15"
"""To its end, then all of it away: in each of the three shells."""


@pytest.fixture
def world(home: Path, env: dict[str, str]) -> Iterator[World]:
    world = failing_world(home, env)
    world.env["PATH"] = f"{stand_ins(home)}:{world.env['PATH']}"
    yield world
    world.close()


def stand_ins(home: Path) -> Path:
    """Each leaves a mark when it runs, so that a second run would show."""
    folder = home / "bin"
    folder.mkdir()
    for name, (status, text) in STAND_INS.items():
        file = folder / name
        file.write_text(
            f"#!/bin/sh\necho \"$0 $*\" >> '{home}/ran'\ncat >&2 <<END\n"
            + text.replace("\\n", "\n")
            + f"END\nexit {status}\n"
        )
        file.chmod(0o755)
    return folder


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_line_has_its_fix_and_the_key_puts_it_into_the_line(shell: str, world: World) -> None:
    work = make_work(world.home, world.env)
    world.env["NO_COLOR"] = "1"
    world.start()
    world.wait_ready()
    terminal = open_shell(shell, world, work)
    try:
        for line, fix in LINES:
            place = terminal.send(line + ENTER)
            terminal.wait_prompt(place)
            # On a machine that does much else the prompt doesn't wait, and the fix stands at the next one.
            while not re.search(rf"caro: (?:for `[^`]*`: )?{re.escape(fix)}", terminal.seen[place:]):
                terminal.run("true")
                assert terminal.tick < 60, f"{line}: {terminal.screen}"
            terminal.settle()
            place = terminal.send("\x1b\x1b")
            terminal.wait(re.escape(fix), place)
            terminal.settle()
            terminal.send(KILL_LINE)
            terminal.settle()
        assert not list((world.home / "origin.git/refs/heads").iterdir()), "put into the line, not run"
        assert not (work / "a").exists() and not (work / ".venv").exists()
        ran = (world.home / "ran").read_text().splitlines()
        assert len(ran) == len(STAND_INS), "no command ran a second time"
    finally:
        terminal.close()
