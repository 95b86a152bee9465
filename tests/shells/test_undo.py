"""`[safety] undo`: a risky line runs unasked, and `caro undo` brings back what it took, in each shell."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from homes import make_home
from terminals import ENTER, Terminal

from waiting import wait_ready

GIT = """#!/bin/sh
echo "$*" >>{tools}/marks
case "$*" in *" add "*) if [ -e {tools}/then ]; then . {tools}/then; fi ;; esac
exec {git} "$@"
"""


@dataclass
class World:
    """A shell in the folder `work`, a repository, with undo on; git is noted, and does what stands in `tools/then`."""

    shell: str
    terminal: Terminal
    work: Path
    env: dict[str, str]
    tools: Path

    def caro(self, *words: str) -> str:
        program = shutil.which("caro", path=self.env["PATH"]) or "caro"
        done = subprocess.run([program, *words], env=self.env, capture_output=True, text=True, timeout=60)
        return done.stdout

    def wait_unrun(self, place: int) -> None:
        """Waits for the prompt behind a line that did not run; fish leaves that line there."""
        end = self.terminal.wait("not run", place).end()
        if self.shell != "fish":
            self.terminal.wait_prompt(end)
            return
        self.terminal.wait(r"<\d+> [^\r\n]*rm -rf src", end)
        self.terminal.settle()
        self.terminal.send("\x07")
        self.terminal.settle()


@pytest.fixture
def wait_ms() -> int:
    """How long a prompt waits for the daemon: on a busy machine the usual 50 ms are missed now and then."""
    return 5000


@pytest.fixture(params=["bash", "zsh", "fish"])
def world(
    request: pytest.FixtureRequest, start: Callable[..., Terminal], tmp_path: Path, wait_ms: int
) -> Iterator[World]:
    shell, home, tools = request.param, tmp_path / "home", tmp_path / "tools"
    env = make_home(home, shell) | {"CARO_DAEMON_TIMEOUT_MS": str(wait_ms)}
    config = home / ".config/caro/config.toml"
    config.write_text(config.read_text() + '[safety]\nmode = "active"\nundo = true\nundo_seconds = 60\n')
    git = shutil.which("git", path=env["PATH"])
    tools.mkdir()
    (tools / "git").write_text(GIT.format(git=git, tools=tools))
    (tools / "git").chmod(0o755)
    (home / "work/src").mkdir(parents=True)
    subprocess.run([str(git), "init", "-q", home / "work"], env=env, check=True)
    env["PATH"] = f"{tools}:{env['PATH']}"
    made = World(shell, None, home / "work", env, tools)  # type: ignore[arg-type]
    made.caro("daemon", "start")
    try:
        wait_ready(home / ".local/state/caro/daemon.log")
        made.terminal = start(shell, home, env, cwd=made.work)
        made.terminal.run("echo first" if shell == "fish" else f"__caro_wait={wait_ms // 10}")
        yield made
    finally:
        made.caro("daemon", "stop")


def test_a_folder_that_rm_took_comes_back(world: World) -> None:
    file = world.work / "src/main.c"
    file.write_text("int main;\n")
    file.chmod(0o640)
    os.utime(file, (1_000_000, 1_000_000))
    trap = world.work / "caro"
    trap.mkdir()
    (trap / "__init__.py").write_text(f"open({str(world.work / 'trapped')!r}, 'w')\n")
    world.terminal.run(f"cd {world.work}")
    shown = world.terminal.run(f"rm -rf {world.work}/src")
    assert not (world.work / "trapped").exists()  # a package of that name where one stands is somebody else's
    assert "1 file is kept: `caro undo`" in shown and "run it?" not in shown
    assert not (world.work / "src").exists()
    assert "undone" in world.terminal.run("caro undo")
    assert file.read_text() == "int main;\n"
    assert (file.stat().st_mode & 0o777, file.stat().st_mtime) == (0o640, 1_000_000)


def test_what_the_guard_only_warns_of_is_kept_too(world: World) -> None:
    (world.work / "lib").mkdir()
    (world.work / "lib/x.c").write_text("int x;\n")
    shown = world.terminal.run("rm -r lib")
    assert "1 file is kept: `caro undo`" in shown and "warning" not in shown
    assert not (world.work / "lib").exists()
    assert "undone" in world.terminal.run("caro undo")
    assert (world.work / "lib/x.c").read_text() == "int x;\n"


@pytest.mark.parametrize(
    ("then", "shows", "answer"),
    [("kill -INT 0; sleep 9", "not run", ""), ("exit 1", "run it?", "n"), ("exit 1", "run it?", "y")],
)
def test_a_line_of_which_nothing_was_kept_does_not_run_unasked(
    world: World, then: str, shows: str, answer: str
) -> None:
    (world.tools / "then").write_text(then)
    place = world.terminal.send("git reset --hard" + ENTER)
    world.terminal.wait(shows, place)
    if answer:
        world.terminal.wait("keeping it failed", place)
        world.terminal.settle()
        world.terminal.send(answer)
    world.terminal.settle()
    assert " add " in (world.tools / "marks").read_text()
    assert ("\nreset" in (world.tools / "marks").read_text()) is (answer == "y")
    assert world.caro("undo", "--list") == ""


@pytest.fixture
def stopped(world: World) -> Iterator[int]:
    """The daemon's process, stopped: it has each question and answers none."""
    (world.work / "src/main.c").write_text("int main;\n")
    pid = int(json.loads(world.caro("daemon", "status", "--json"))["pid"])
    os.kill(pid, signal.SIGSTOP)
    yield pid
    os.kill(pid, signal.SIGCONT)


USUAL = pytest.mark.parametrize("wait_ms", [50])


@USUAL
def test_a_line_that_nobody_judged_is_a_question(world: World, stopped: int) -> None:
    """Each time anew; it runs when it is told to, and only then."""
    for answer in "nny":
        place = world.terminal.send("rm -rf src" + ENTER)
        world.terminal.wait("nobody has judged this line", place)
        world.terminal.wait("run it", place)
        world.terminal.settle()
        assert (world.work / "src").exists()
        place = world.terminal.send(answer)
        if answer == "n":
            world.wait_unrun(place)
        else:
            world.terminal.wait_prompt(place)
    assert not (world.work / "src").exists()
    assert "run it" not in world.terminal.run("cd .")


@USUAL
def test_an_answer_that_comes_late_keeps_what_goes(world: World, stopped: int) -> None:
    place = world.terminal.send("rm -rf src" + ENTER)
    world.terminal.wait("waiting for the daemon", place)
    os.kill(stopped, signal.SIGCONT)
    world.terminal.wait_prompt(world.terminal.wait("1 file is kept", place).end())
    assert not (world.work / "src").exists()
    assert "run it" not in world.terminal.seen[place:]
    assert "undone" in world.terminal.run("caro undo")
    assert (world.work / "src/main.c").read_text() == "int main;\n"


@USUAL
def test_ctrl_c_while_the_answer_is_waited_for_leaves_the_line_unrun(world: World, stopped: int) -> None:
    place = world.terminal.send("rm -rf src" + ENTER)
    world.terminal.wait("waiting for the daemon", place)
    place = world.terminal.send("\x03")
    world.wait_unrun(place)
    assert (world.work / "src/main.c").exists()
    assert "run it" not in world.terminal.seen[place:]
    os.kill(stopped, signal.SIGCONT)
    assert "goes on" in world.terminal.run("echo goes'' on")
