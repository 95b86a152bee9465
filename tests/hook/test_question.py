"""The y/N question in a real terminal: one key answers, and only one that was typed for it."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import subprocess
import termios
from collections.abc import Iterator

import pytest

from daemons import NATIVES, FakeDaemon, World, reply_with
from waiting import wait_until

QUESTION = b"caro: run it? [y/N] "
YES, NO = 0, 2


class Terminal:
    """A pseudo terminal that a program has as its controlling one."""

    def __init__(self) -> None:
        self.master, self.slave = pty.openpty()
        self.seen = b""
        self.process: subprocess.Popen[bytes] | None = None

    def run(self, world: World, *words: str, line: str = "deploy") -> None:
        def take_terminal() -> None:
            os.setsid()
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)

        self.process = subprocess.Popen(
            [NATIVES / "caro-hook", "preexec", "-s", "bash", "-n", "1", *words],
            env=world.env | {"CARO_LINE": line},
            stdin=self.slave,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            preexec_fn=take_terminal,
        )

    def type(self, data: bytes) -> None:
        os.write(self.master, data)

    def wait_for(self, text: bytes) -> None:
        while text not in self.seen:
            assert select.select([self.master], [], [], 10)[0], f"no {text!r} in {self.seen!r}"
            self.seen += os.read(self.master, 4096)

    def status(self) -> int:
        assert self.process is not None
        return self.process.wait(60)

    def wait_raw(self) -> None:
        """Until the question reads single keys."""
        assert self.process is not None
        wait_until(lambda: not termios.tcgetattr(self.slave)[3] & termios.ICANON, lambda: self.seen)

    def close(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
        os.close(self.master)
        os.close(self.slave)


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    terminal = Terminal()
    yield terminal
    terminal.close()


@pytest.fixture
def asking(world: World) -> World:
    world.configure('[safety.commands]\n"deploy" = "confirm"\n')
    world.compile()
    return world


def settle(terminal: Terminal) -> None:
    """Past the moment in which a key counts as typed ahead: the question stands there and is quiet."""
    terminal.wait_for(QUESTION)
    terminal.wait_raw()
    assert not select.select([terminal.master], [], [], 0.05)[0]


@pytest.mark.parametrize(
    ("keys", "status"),
    [
        (b"y", YES),
        (b"Y", YES),
        (b"n", NO),
        (b"\r", NO),
        (b"\n", NO),
        (b" ", NO),
        (b"\x03", NO),
        (b"\x04", NO),
        (b"\x1a", NO),
        (b"\x1c", NO),
        (b"\x1b[A", NO),
        (b"\x1by", NO),
        (b"yes\n", NO),
        (b"y\nrm -rf x\n", NO),
        (b"\x1b[200~y\x1b[201~", NO),
        ("ý".encode(), NO),
    ],
)
def test_answers(asking: World, terminal: Terminal, keys: bytes, status: int) -> None:
    before = termios.tcgetattr(terminal.slave)
    terminal.run(asking)
    settle(terminal)
    terminal.type(keys)
    assert terminal.status() == status
    assert termios.tcgetattr(terminal.slave) == before
    # What came with the key is gone: the shell must not run the rest of a paste.
    assert not select.select([terminal.slave], [], [], 0)[0]


@pytest.mark.parametrize("typed", [b"y", b"yes\n", b"y\ny\ny\n", b"\n"])
def test_typed_ahead_is_no_answer_and_stays(asking: World, terminal: Terminal, typed: bytes) -> None:
    terminal.type(typed)
    terminal.run(asking)
    assert terminal.status() == NO
    raw = termios.tcgetattr(terminal.slave)
    raw[3] &= ~termios.ICANON
    termios.tcsetattr(terminal.slave, termios.TCSANOW, raw)
    assert os.read(terminal.slave, 100) == typed


def test_the_question_says_what_and_why(asking: World, terminal: Terminal) -> None:
    terminal.run(asking)
    settle(terminal)
    terminal.type(b"n")
    terminal.wait_for(b"caro: not run\r\n")
    assert terminal.seen == (
        b"caro: matches your rule deploy [user-rule]\r\ncaro: run it? [y/N] n\r\ncaro: not run\r\n"
    )


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT])
def test_signals_are_no_and_restore_the_terminal(asking: World, terminal: Terminal, number: int) -> None:
    before = termios.tcgetattr(terminal.slave)
    terminal.run(asking)
    settle(terminal)
    assert terminal.process is not None
    terminal.process.send_signal(number)
    assert terminal.status() == NO
    assert termios.tcgetattr(terminal.slave) == before


def test_settings_of_the_terminal_survive(asking: World, terminal: Terminal) -> None:
    odd = termios.tcgetattr(terminal.slave)
    odd[0] ^= termios.IXON | termios.ICRNL
    odd[3] ^= termios.ECHOCTL
    odd[6][termios.VMIN], odd[6][termios.VEOF] = 7, b"\x05"
    termios.tcsetattr(terminal.slave, termios.TCSANOW, odd)
    before = termios.tcgetattr(terminal.slave)
    terminal.run(asking)
    settle(terminal)
    terminal.type(b"y")
    assert terminal.status() == YES
    assert termios.tcgetattr(terminal.slave) == before


def test_closed_terminal_is_no(asking: World, terminal: Terminal) -> None:
    terminal.run(asking)
    settle(terminal)
    os.close(terminal.master)
    terminal.master = os.open("/dev/null", os.O_RDONLY)
    assert terminal.status() == NO


def test_the_daemon_hears_the_answer(asking: World, terminal: Terminal) -> None:
    daemon = FakeDaemon(asking.socket, reply_with(action="confirm", reason="because", instead="ls"))
    terminal.run(asking, line="anything")
    settle(terminal)
    terminal.type(b"y")
    assert terminal.status() == YES
    daemon.close()
    assert [request.get("answer") for request in daemon.requests] == [None, "yes"]
    assert b"caro: because\r\ncaro: safer: ls\r\n" in terminal.seen


def test_approval_lasts_for_one_line(asking: World, terminal: Terminal) -> None:
    asking.start()
    terminal.run(asking)
    settle(terminal)
    terminal.type(b"y")
    assert terminal.status() == YES
    session = {"session": asking.env["CARO_SESSION_ID"]}
    assert asking.ask({"type": "check_exec", "argv": ["deploy"], **session})["action"] == "allow"
    asking.preexec("ls", 2, "-e", "0")
    assert asking.status()["requests"]["preexec"] == 3


@pytest.mark.long
def test_a_minute_of_silence_is_no(asking: World, terminal: Terminal) -> None:
    terminal.run(asking)
    settle(terminal)
    assert terminal.process is not None
    assert terminal.process.wait(70) == NO
