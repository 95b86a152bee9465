"""zsh's way without a process, and that caro-hook and the daemon record the same line once between them."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from caro.daemon import session_file
from daemons import SESSION, World


class Zsh:
    """Speaks as init.zsh does, from Python."""

    def __init__(self, world: World) -> None:
        self.world = world
        folder = world.state / "fifo"
        first = world.hook("preexec", "-s", "zsh", line="first", seq=1)
        assert first.returncode == 0
        self.requests = os.open(folder / "requests", os.O_WRONLY | os.O_NONBLOCK)
        self.replies = os.open(folder / SESSION, os.O_RDWR | os.O_NONBLOCK)

    def send(self, line: str, seq: int, **fields: Any) -> None:
        message = {
            "v": 1,
            "type": "preexec",
            "id": str(seq),
            "session": SESSION,
            "sent": time.time_ns() // 1000,
            "timeout_ms": 2000,
            "seq": seq,
            "shell": "zsh",
            "pid": os.getpid(),
            "line": line,
            "cwd": "/",
            "tty": True,
        }
        os.write(self.requests, json.dumps(message | fields).encode() + b"\n")

    def answer(self) -> str:
        assert select.select([self.replies], [], [], 10)[0]
        return os.read(self.replies, 100).decode()

    def ask(self, line: str, seq: int, **fields: Any) -> str:
        self.send(line, seq, **fields)
        return self.answer()

    def close(self) -> None:
        os.close(self.requests)
        os.close(self.replies)


@pytest.fixture
def ruled(world: World) -> World:
    world.configure('[safety]\nblock = ["^forbidden"]\n')
    world.start()
    world.wait_ready()
    return world


def test_allowed_lines_are_answered_and_recorded(ruled: World) -> None:
    zsh = Zsh(ruled)
    assert zsh.ask("second äß", 2, last={"exit_code": 0, "duration_ms": 1.5}) == "2 0\n"
    assert zsh.ask("third", 3, last={"exit_code": 7, "duration_ms": 2}) == "3 0\n"
    zsh.close()
    ruled.hook("session_end", "-e", "1", "-d", "3000", seq=3)
    told = [(event["text"], event["exit_code"], event["duration_ms"]) for event in ruled.events()]
    assert told == [("first", 0, 1.5), ("second äß", 7, 2), ("third", 1, 3)]
    by_hook, by_daemon, _ = ruled.events()
    assert by_hook.keys() == by_daemon.keys()


def test_what_is_not_simply_allowed_is_left_to_the_hook(ruled: World) -> None:
    zsh = Zsh(ruled)
    assert zsh.ask("forbidden", 2, last={"exit_code": 0}) == "2 1\n"
    done = ruled.hook("preexec", "-s", "zsh", "-e", "0", line="forbidden", seq=2)
    assert done.returncode == 2
    zsh.close()
    assert [event["text"] for event in ruled.events()] == ["first", "forbidden"]


def test_late_daemon_doubles_nothing(ruled: World) -> None:
    pid = ruled.status()["pid"]
    zsh = Zsh(ruled)
    os.kill(pid, signal.SIGSTOP)
    zsh.send("slow", 2, last={"exit_code": 0})
    ruled.hook("preexec", "-s", "zsh", "-e", "0", "-u", str(2**40), line="slow", seq=2)
    os.kill(pid, signal.SIGCONT)
    assert zsh.answer() == "2 1\n"
    zsh.send("dropped", 3, sent=1000, last={"exit_code": 9})
    assert zsh.ask("next", 4, last={"exit_code": 3}) == "4 0\n"
    zsh.close()
    assert [event["text"] for event in ruled.events()] == ["first", "slow"]
    assert ruled.events()[-1]["exit_code"] == 3


def test_nonsense_in_the_fifo_is_passed_over(ruled: World) -> None:
    zsh = Zsh(ruled)
    os.write(zsh.requests, b"\n\xff\xff\nnonsense\n" + b"x" * 20_000)
    os.write(zsh.requests, b"\n")
    zsh.send("x", 2, type="stop")
    zsh.send("x", 2, session="../../../etc/x")
    assert zsh.ask("fine", 2, last={"exit_code": 0}) == "2 0\n"
    zsh.close()
    assert ruled.status()["running"]


def test_reply_goes_into_no_file_that_stands_there(ruled: World) -> None:
    zsh = Zsh(ruled)
    reply = ruled.state / "fifo" / SESSION
    reply.unlink()
    reply.write_text("mine")
    zsh.send("line", 2)
    zsh.close()
    assert ruled.status()["requests"]["preexec"] >= 1
    assert reply.read_text() == "mine"


ZSH = r"""
zmodload zsh/system zsh/zselect zsh/datetime
sysopen -w -o nonblock,cloexec -u q $1/requests || exit 9
sysopen -r -w -o nonblock,cloexec -u a $1/$CARO_SESSION_ID || exit 8
for n in 2 3 4; do
    head='{"v":1,"type":"preexec","id":"'$n'","session":"'$CARO_SESSION_ID'","seq":'$n',"shell":"zsh","pid":'$$
    print -r -u $q -- $head',"line":"line","cwd":"/","tty":true,"last":{"exit_code":'$n',"duration_ms":0.25}}'
    zselect -t 1000 -r $a || exit 7
    sysread -i $a answer
    print -rn -- $answer
done
/bin/ls -l /proc/self/fd | grep -c fifo/
"""


def test_real_zsh_leaks_nothing_into_children(ruled: World) -> None:
    ruled.hook("preexec", "-s", "zsh", line="first", seq=1)
    done = subprocess.run(
        ["zsh", "-fc", ZSH, "zsh", str(ruled.state / "fifo")],
        env=ruled.env,
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert done.stdout == "2 0\n3 0\n4 0\n0\n", done.stderr
    # The last line's own end may be noticed by now, or not.
    assert [event["exit_code"] for event in ruled.events()[:3]] == [2, 3, 4]


def test_daemon_completes_what_the_hook_left(tmp_path: Path) -> None:
    """The file is read the same on both sides, whatever was torn."""
    log = tmp_path / "log"
    for content, seq, lines in [
        (b"", 0, []),
        (b"1 7 5 9\n", 7, []),
        (b'1 7 5 9\n{"v":1', 7, [b'{"v":1,"exit_code":2}\n']),
        (b'2 7 5 9\n{"v":1', 0, []),
        (b"1 7 5\n{", 0, []),
        (b"\xff\x00", 0, []),
    ]:
        log.write_bytes(b"")
        file = tmp_path / "session"
        file.write_bytes(content)
        with session_file.locked(file) as opened:
            assert opened.seq == seq
            session_file.complete(opened, log, "commands", 2, None)
        assert log.read_bytes().splitlines(keepends=True) == lines


def test_lock_that_somebody_holds_is_not_waited_for(tmp_path: Path) -> None:
    with (
        session_file.locked(tmp_path / "s"),
        pytest.raises(BlockingIOError),
        session_file.locked(tmp_path / "s"),
    ):
        pass


def test_patterns_of_secrets_are_the_same_by_hook_and_by_fifo(world: World) -> None:
    world.configure("[privacy]\nredact_patterns = ['tok[[:digit:]]+', 'k\u00e9y.']\n")
    world.start()
    world.wait_ready()
    zsh = Zsh(world)
    world.preexec("use tok123 and k\u00e9y\u00df", seq=2)
    assert zsh.ask("use tok123 and k\u00e9y\u00df", 3, last={"exit_code": 0, "duration_ms": 1}) == "3 0\n"
    zsh.close()
    world.hook("session_end", "-e", "0", "-d", "1", seq=3)
    assert [event["text"] for event in world.events()] == ["first", "use *** and ***", "use *** and ***"]
    assert "tok123" not in (world.state / "daemon.log").read_text()


def end(zsh: Zsh, seq: int, code: int, **fields: Any) -> str:
    """Tell how the line ended; the daemon's answer."""
    fields = {
        "type": "postexec",
        "exit_code": code,
        "duration_ms": 2.5,
        "env": {"PATH": os.environ["PATH"]},
    } | fields
    return zsh.ask("", seq, **fields)


def test_end_of_a_failed_line_is_told_and_recorded_without_the_hook(ruled: World) -> None:
    zsh = Zsh(ruled)
    assert zsh.ask("false", 2, last={"exit_code": 0}) == "2 0\n"
    assert end(zsh, 2, 1) == "2 e0\n"
    assert [(event["text"], event["exit_code"], event.get("duration_ms")) for event in ruled.events()][
        1:
    ] == [("false", 1, 2.5)]
    zsh.ask(
        "gti status", 3, agent="someone", last={"exit_code": 1}
    )  # an agent's is not stopped before it runs
    shown = end(zsh, 3, 127)
    assert shown.startswith("3 e2\x1b[2mcaro: \x1b[0;1mgit status\x1b[0;2m   (") and shown.endswith(
        ")\x1b[0m\n"
    )
    zsh.ask("gti status", 4, agent="someone")
    assert end(zsh, 4, 127, color=False).startswith("4 e2caro: git status   (")
    assert end(zsh, 9, 127) == "9 e0\n"  # of a line that nobody knows
    zsh.close()


def test_what_a_shell_can_not_show_is_left_to_the_hook(ruled: World) -> None:
    ruled.configure("[notify]\nlong_lines = true\nseconds = 1\n")
    zsh = Zsh(ruled)
    zsh.ask("false", 2, last={"exit_code": 0})
    assert end(zsh, 2, 1, duration_ms=2500.0) == "2 e1\n"
    reply = ruled.ask(
        {"v": 1, "type": "postexec", "session": SESSION, "seq": 2, "exit_code": 1, "duration_ms": 2500}
    )
    zsh.close()
    assert "notify" in reply
