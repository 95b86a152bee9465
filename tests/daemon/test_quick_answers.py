"""`caro check LINE` and `caro fix --command LINE`: the daemon's answer and the command's own are the same text."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from caro.cli.quick import SHELLS
from caro.knowledge.shells import names
from daemons import World
from environment import plain_environment
from waiting import wait_until

QUESTIONS = (
    ("check", "rm -rf ~"),
    ("check", "--json", "chmod -R 777 /etc"),
    ("check", "--shell", "fish", "--cwd", "/", "rm -rf etc"),
    ("check", "rm -rf $PLACE/*"),
    ("fix", "--command", "git psuh", "--json"),
    ("fix", "--command", "cat notse", "--exit", "1", "--cwd", "sub"),
    ("fix", "--command", "gti stauts", "--exit", "127", "--explain"),
)


class Asker:
    """The commands as a person types them, with nothing of Caro's in the environment."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.env = plain_environment(world.home) | {"PLACE": "/srv/x"}

    def __call__(self, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
        program = shutil.which("caro", path=self.env["PATH"]) or "caro"
        return subprocess.run(
            [program, *words],
            env=self.env | env,
            cwd=self.world.home,
            capture_output=True,
            text=True,
            timeout=60,
        )

    def count(self, kind: str) -> int:
        return int(self.world.status()["requests"].get(kind, 0))


@pytest.fixture(scope="module")
def asker(tmp_path_factory: pytest.TempPathFactory, natives: Path) -> Iterator[Asker]:
    home = tmp_path_factory.mktemp("quick") / "home"
    home.mkdir(mode=0o700)
    (home / "sub").mkdir()
    (home / "sub/notes").touch()
    world = World(home, plain_environment(home))
    world.start()
    world.wait_ready()
    yield Asker(world)
    world.close()


@pytest.mark.parametrize("words", QUESTIONS, ids=" ".join)
def test_both_say_the_same(asker: Asker, words: tuple[str, ...]) -> None:
    before = asker.count(words[0])
    quick = asker(*words)
    wait_until(lambda: asker.count(words[0]) > before)
    own = asker(*words, CARO_TEST_OWN_ENGINE="1")
    assert (quick.returncode, quick.stdout, quick.stderr) == (own.returncode, own.stdout, own.stderr)


def test_a_shell_that_is_none_is_the_commands_own_to_refuse(asker: Asker) -> None:
    assert names() == SHELLS
    for words in (("check", "ls"), ("fix", "--command", "gti status")):
        assert asker(*words, "--shell", "csh").returncode == 2, words


def test_what_is_of_this_environment_alone_is_no_question_for_the_daemon(asker: Asker) -> None:
    before = asker.count("check")
    assert "action: block" in asker("check", "rm -rf ~", CARO_SAFETY_MODE="active").stdout
    assert "action: block" in asker("check", "--mode", "active", "rm -rf ~").stdout
    assert "unrecognized" in asker("check", "ls", "-l").stderr
    assert asker.count("check") == before


def test_a_daemon_that_is_stopped_is_not_waited_for(asker: Asker) -> None:
    pid = asker.world.status()["pid"]
    os.kill(pid, signal.SIGSTOP)
    try:
        done = asker("check", "rm -rf ~")
    finally:
        os.kill(pid, signal.SIGCONT)
    assert done.returncode == 4
    assert done.stdout.startswith("critical")
