"""A configuration with a fault is said at the next line, once in each session, and what it said before holds."""

from __future__ import annotations

import json
import os

import pytest

from daemons import OTHER_SESSION, World

GOOD = '[safety]\nmode = "active"\ncommands = {"^never" = "block"}\n'
SAID = "your configuration has a fault"


@pytest.fixture
def running(world: World) -> World:
    world.configure(GOOD)
    world.compile()
    world.start()
    world.wait_ready()
    return world


@pytest.mark.parametrize("fault", ["stray\n" + GOOD, "[safety\n", GOOD.replace('"active"', '"activ"')])
def test_a_fault_is_said_once_a_session_and_nothing_opens(running: World, fault: str) -> None:
    assert SAID not in running.preexec("sh run.sh", 1).stderr
    running.configure(fault)
    first = running.preexec("true", 2)
    assert first.stderr.count(SAID) == 1 and first.returncode == 0
    assert SAID not in running.preexec("sh run.sh", 3).stderr
    assert SAID in running.preexec("sh run.sh", 1, CARO_SESSION_ID=OTHER_SESSION).stderr
    assert running.preexec("never", 4).returncode == 2
    assert running.preexec("git reset --hard", 5).returncode == 2, "still active; nobody is there to ask"
    running.configure(GOOD)
    assert SAID not in running.preexec("sh run.sh", 6).stderr
    running.configure(fault + "# again\n")
    assert SAID in running.preexec("sh run.sh", 7).stderr


def test_zsh_hears_of_it_though_its_line_needs_no_process(running: World) -> None:
    os.mkfifo(fifo := running.state / "fifo" / running.env["CARO_SESSION_ID"], 0o600)
    answers = os.open(fifo, os.O_RDWR)

    def ask(number: int) -> bytes:
        request = {"v": 1, "type": "preexec", "id": str(number), "session": running.env["CARO_SESSION_ID"]}
        request |= {"seq": number, "shell": "zsh", "pid": os.getpid(), "line": "sh run.sh", "cwd": "/"}
        (fifo.parent / "requests").write_text(json.dumps(request) + "\n")
        return os.read(answers, 64)

    try:
        assert ask(1) == b"1 0\n"
        running.configure("[safety\n")
        assert ask(2) == b"2 1\n"
        assert SAID in running.preexec("sh run.sh", 2).stderr
        assert ask(3) == b"3 0\n"
    finally:
        os.close(answers)
