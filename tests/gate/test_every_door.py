"""Every door answers the same line alike: same rules, same folder, same state of its repository."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from terminals import RC, RC_FILES, Terminal

from daemons import NATIVES
from gate.conftest import Guarded
from gate.doors import (
    EXECS_ASKED,
    LINES_ASKED,
    SHELLS,
    WHO_AND_WHERE,
    Answer,
    House,
    check,
    prompt,
    zsh_fifo,
)

RULES = """
[safety.commands]
"^touch .*veto" = "block"
"^touch .*ask" = "confirm"
"^touch .*told" = "warn"
"^git fetch .*[[:digit:]]{2}" = "confirm"
"""
LINES = (
    "touch veto",
    "touch ask",
    "touch told",
    "touch nothing",
    "git fetch origin v12",
    "git reset --hard",
    "git push --force",
    "git branch -D topic",
    "git clean -n",
)
SHELL_WORDS = {"bash": ["bash", "--noprofile"], "zsh": ["zsh", "-i"], "fish": ["fish"], "sh": ["dash", "-i"]}
SCREEN = {"TERM": "xterm-256color", "LC_ALL": "C.UTF-8", "EDITOR": "true"}
TOOLS = ("git", "touch")


def git(folder: Path, *words: str) -> None:
    names = ["-c", "user.name=u", "-c", "user.email=u@example.org", "-c", "init.defaultBranch=main"]
    env = os.environ | {"HOME": str(folder), "GIT_CONFIG_NOSYSTEM": "1"}
    subprocess.run(["git", *names, *words], cwd=folder, check=True, capture_output=True, env=env)


def repository(folder: Path, state: str) -> Path:
    """A repository on `main` with a bare one behind it: clean, dirty, or no repository at all."""
    folder.mkdir()
    if state == "none":
        return folder
    git(folder, "init", "-q")
    git(folder.parent, "init", "-q", "--bare", f"{folder}.git")
    (folder / "a.txt").write_text("text\n")
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "x")
    git(folder, "branch", "topic")
    git(folder, "remote", "add", "origin", f"{folder}.git")
    git(folder, "push", "-q", "-u", "origin", "main")
    # git trusts no file that changed when the index was written; in real life that moment is over.
    index = folder / ".git/index"
    os.utime(index, ns=(index.stat().st_atime_ns, index.stat().st_mtime_ns + 10**9))
    if state == "dirty":
        (folder / "a.txt").write_text("other text\n")
    return folder


@pytest.fixture
def world(home: Path, env: dict[str, str], natives: Path, tmp_path: Path) -> Iterator[Guarded]:
    """Caro in four shells of one HOME; `git` and `touch` only leave a mark, as programs and behind shims."""
    world = Guarded(home, env)
    world.prepare(tmp_path)
    for name in TOOLS:
        tool = world.tools / name
        tool.unlink(missing_ok=True)
        tool.write_text(f'#!/bin/sh\nprintf "%s\\n" "{name} $*" >>"{world.marker}"\n')
        tool.chmod(0o755)
        shutil.copy(NATIVES / "caro-shim", world.home / f".local/share/caro/shims/{name}")
    yield world
    world.close()


def start(world: Guarded, mode: str) -> None:
    world.mode(mode, f'agent_mode = "{mode}"\n{RULES}[trace]\ntools = ["git"]\n')
    world.env["PATH"], path = os.environ["PATH"], world.env["PATH"]
    for shell in SHELLS:
        rc = world.home / RC_FILES[shell]
        rc.parent.mkdir(parents=True, exist_ok=True)
        rc.write_text(RC[shell])
        done = world.caro("install", "--yes", shell, env=world.env | {"ENV": str(world.home / ".shrc")})
        assert done.returncode == 0, done.stderr
    world.start()
    world.wait_ready()
    world.env["PATH"] = path


@pytest.mark.parametrize(
    ("mode", "state"),
    [pytest.param("active", "clean", marks=pytest.mark.long), ("active", "dirty"), ("passive", "none")],
)
def test_every_door_says_the_same(world: Guarded, tmp_path: Path, mode: str, state: str) -> None:
    start(world, mode)
    house = House(world, repository(tmp_path / "repo", state))
    doors = [*LINES_ASKED, *(EXECS_ASKED if mode == "active" else ())]
    wrong = []
    for line in LINES:
        expected = check(house, line)
        answers = {door.__name__: door(house, line) for door in doors}
        answers["zsh_fifo"] = fifo_as(zsh_fifo(house, line), expected)
        wrong += differing(line, expected, answers)
    assert wrong == [], "\n" + "\n".join(wrong)


@pytest.mark.parametrize("state", [pytest.param("clean", marks=pytest.mark.long), "dirty"])
def test_every_prompt_says_the_same(world: Guarded, tmp_path: Path, state: str) -> None:
    start(world, "active")
    house = House(world, repository(tmp_path / "repo", state))
    env = world.env | SCREEN | {"PATH": f"{world.tools}:{os.environ['PATH']}", "ENV": f"{world.home}/.shrc"}
    env.pop("CARO_SESSION_ID")
    wrong = []
    try:
        for shell in SHELLS:
            house.terminals[shell] = Terminal(SHELL_WORDS[shell], env, house.folder)
            house.terminals[shell].wait_prompt()
        for line in LINES:
            expected = check(house, line)
            # fish puts a refused line back into the prompt: the next one is typed into a shell of its own.
            house.terminals["fish"].close()
            house.terminals["fish"] = Terminal(SHELL_WORDS["fish"], env, house.folder)
            house.terminals["fish"].wait_prompt()
            answers = {shell: prompt(shell)(house, line) for shell in SHELLS}
            wrong += differing(line, expected, answers)
    finally:
        house.close()
    assert wrong == [], "\n" + "\n".join(wrong)


def fifo_as(answer: Answer, expected: Answer) -> Answer:
    """The FIFO says only whether a line simply runs."""
    simply_runs = answer.action == "allow"
    return expected if simply_runs == (expected.action == "allow") else answer


def differing(line: str, expected: Answer, answers: dict[str, Answer]) -> list[str]:
    """The rows that differ, as a table: line, door, what it said, what `caro check` says."""
    return [
        f"{line!r:34} {door:22} {answer.fields()!r:44} check: {expected.fields()!r}"
        for door, answer in answers.items()
        if not answer.agrees(expected)
    ]


CHOSEN = """agent_mode = "passive"
block = ["^touch .*veto"]
[safety.folders]
"~/strict" = "active"
[environments.ci.safety]
mode = "active"
block = ["^touch .*ci"]
"""
LINES_CHOSEN = ("touch veto", "git push --force")
PLACES: dict[str, tuple[str, dict[str, str]]] = {
    "agent": ("repo", {"CARO_AGENT": "claude-code"}),
    "agent's own variable": ("repo", {"CLAUDECODE": "1"}),
    "agents' common variable": ("repo", {"AGENT": "amp"}),
    "environment": ("repo", {"CARO_ENV": "ci"}),
    "agent in an environment": ("repo", {"CARO_ENV": "ci", "AGENT": "amp"}),
    "word that is no mode": ("repo", {"CARO_SAFETY_LEVEL": "bogus", "CARO_SAFETY_MODE": "Active"}),
    "link to a strict folder": ("link", {}),
    "way round to a strict folder": ("home/../link", {}),
}


def test_every_door_knows_who_asks_and_where(world: Guarded, tmp_path: Path) -> None:
    world.mode("passive", CHOSEN)
    repository(tmp_path / "repo", "clean")
    (tmp_path / "link").symlink_to(repository(world.home / "strict", "none"))
    path, world.env["PATH"] = world.env["PATH"], os.environ["PATH"]
    world.start()
    world.wait_ready()
    world.env["PATH"] = path
    house, wrong = House(world, tmp_path), []
    for place, (folder, variables) in PLACES.items():
        house.folder = tmp_path / folder
        world.env |= variables
        for line in LINES_CHOSEN:
            expected = check(house, line)
            answers = {door.__name__: door(house, line) for door in WHO_AND_WHERE}
            wrong += differing(f"{place}: {line}", expected, answers)
        for name in variables:
            del world.env[name]
    assert wrong == [], "\n" + "\n".join(wrong)
