"""Whatever the daemon does, the line runs, the user's rules hold, and nothing is lost or doubled."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from daemons import NATIVES, Answer, FakeDaemon, World, reply_with
from environment import ends
from waiting import wait_until

RUN, MISSED, REFUSED = 0, 1, 2
ASKED = "sh run.sh"
"""No plain line: its verdict is waited for."""


@pytest.fixture
def ruled(world: World) -> World:
    world.env["CARO_DAEMON_TIMEOUT_MS"] = "50"
    world.configure('[safety]\nblock = ["^forbidden"]\n')
    world.compile()
    return world


def never(_connection: socket.socket, _request: dict[str, Any]) -> None:
    threading.Event().wait(10)


def garbage(connection: socket.socket, _request: dict[str, Any]) -> None:
    connection.sendall(os.urandom(64).replace(b"\n", b"x") + b"\n")


def endless(connection: socket.socket, _request: dict[str, Any]) -> None:
    while True:
        connection.sendall(b"x" * 65536)


def half(connection: socket.socket, request: dict[str, Any]) -> None:
    connection.sendall(json.dumps({"v": 1, "id": request["id"], "action": "block"}).encode()[:-9])


def hangs_up(connection: socket.socket, _request: dict[str, Any]) -> None:
    connection.shutdown(socket.SHUT_RDWR)


def stale_only(connection: socket.socket, request: dict[str, Any]) -> None:
    connection.sendall(b'{"v":1,"id":"somebody else","action":"block"}\n' * 50)


def late(seconds: float) -> Answer:
    def answer(connection: socket.socket, request: dict[str, Any]) -> None:
        threading.Event().wait(seconds)
        reply_with(action="allow")(connection, request)

    return answer


SICK: dict[str, tuple[Answer, int]] = {
    "never answers": (never, MISSED),
    "garbage": (garbage, MISSED),
    "endless": (endless, MISSED),
    "half an answer": (half, MISSED),
    "hangs up": (hangs_up, MISSED),
    "stale answers": (stale_only, MISSED),
    "slow, 1 s": (late(1), MISSED),
}


@pytest.mark.parametrize(("answer", "status"), SICK.values(), ids=SICK.keys())
def test_sick(ruled: World, answer: Answer, status: int) -> None:
    daemon = FakeDaemon(ruled.socket, answer)
    done = ruled.preexec(ASKED, 1)
    assert (done.returncode, done.stderr) == (status, "")
    refused = ruled.preexec("forbidden", 2, "-e", "0", "-d", "5")
    assert refused.returncode == REFUSED | status
    daemon.close()
    assert [event["text"] for event in ruled.events()] == [ASKED, "forbidden"]


def test_who_asked_to_be_asked_is_told_once_that_nobody_judged(ruled: World) -> None:
    ruled.env["CARO_SAFETY_MODE"] = "active"
    daemon = FakeDaemon(ruled.socket, never)
    first = ruled.preexec(ASKED, 1)
    assert first.returncode == MISSED and "no answer from the daemon" in first.stderr
    until = str(int(time.time()) + 30)
    for number, line in enumerate((ASKED, "cd /", "forbidden"), 2):
        assert "no answer" not in ruled.preexec(line, number, "-u", until).stderr
    daemon.close()
    told = ruled.state / "breaker.told"
    told.unlink()
    assert "no answer" in ruled.preexec(ASKED, 5, "-u", until).stderr
    assert "no answer" not in ruled.preexec(ASKED, 6).stderr  # no daemon at all is no missed answer


def loads_first() -> Answer:
    """A daemon that is still loading its rules, and has them by the second question."""
    replies = iter([reply_with(action="allow", partial=True), reply_with(action="block", reason="loaded")])
    return lambda connection, request: next(replies)(connection, request)


def test_a_daemon_that_still_loads_is_asked_again_where_the_guard_may_object(ruled: World) -> None:
    ruled.env["CARO_SAFETY_MODE"] = "active"
    daemon = FakeDaemon(ruled.socket, loads_first())
    done = ruled.preexec("git push origin +main", 1)
    daemon.close()
    assert done.returncode == REFUSED and "loaded" in done.stderr
    assert len(daemon.requests) == 2


@pytest.mark.parametrize("until", ["0", "later"])
def test_without_an_answer_what_the_guard_may_object_to_is_a_question(ruled: World, until: str) -> None:
    ruled.env["CARO_SAFETY_MODE"] = "active"
    daemon = FakeDaemon(ruled.socket, never)
    words = [] if until == "0" else ["-u", str(int(time.time()) + 30)]
    asked = ruled.preexec("git push origin +main", 1, *words)
    told = ruled.preexec("./configure --prefix=here", 2, "-u", str(int(time.time()) + 30))
    daemon.close()
    assert asked.returncode == REFUSED | MISSED and "nobody has judged this line" in asked.stderr
    assert told.returncode == RUN


def test_another_version_is_an_answer_of_nothing(ruled: World) -> None:
    ruled.env["CARO_DAEMON_TIMEOUT_MS"] = "5000"
    daemon = FakeDaemon(ruled.socket, reply_with(error="version 1 is not known here"))
    assert ruled.preexec(ASKED, 1).returncode == RUN
    assert ruled.preexec("forbidden", 2).returncode == REFUSED
    daemon.close()


def test_slow_but_in_time(ruled: World) -> None:
    ruled.env["CARO_DAEMON_TIMEOUT_MS"] = "5000"
    daemon = FakeDaemon(ruled.socket, late(0.02))
    assert ruled.preexec(ASKED).returncode == RUN
    daemon.close()


def test_stale_answers_in_front_of_the_right_one(ruled: World) -> None:
    ruled.env["CARO_DAEMON_TIMEOUT_MS"] = "5000"

    def answer(connection: socket.socket, request: dict[str, Any]) -> None:
        stale_only(connection, request)
        reply_with(action="block", reason="the right one")(connection, request)

    daemon = FakeDaemon(ruled.socket, answer)
    done = ruled.preexec(ASKED)
    daemon.close()
    assert (done.returncode, done.stderr) == (REFUSED, "caro: blocked: the right one\n")


def test_answer_in_small_pieces(ruled: World) -> None:
    ruled.env["CARO_DAEMON_TIMEOUT_MS"] = "5000"

    def answer(connection: socket.socket, request: dict[str, Any]) -> None:
        for byte in (
            json.dumps({"v": 1, "id": request["id"], "action": "block", "reason": "r"}).encode() + b"\n"
        ):
            connection.sendall(bytes([byte]))

    daemon = FakeDaemon(ruled.socket, answer)
    assert ruled.preexec(ASKED).returncode == REFUSED
    daemon.close()


def test_open_breaker_asks_nobody_and_keeps_the_rules(ruled: World) -> None:
    daemon = FakeDaemon(ruled.socket, never)
    until = str(int(time.time()) + 30)
    assert ruled.preexec(ASKED, 1, "-u", until).returncode == RUN
    assert ruled.preexec("forbidden", 2, "-u", until).returncode == REFUSED
    # It is told of the line that ran, and not waited for.
    assert not [request for request in daemon.requests if not request.get("told")]
    # Its time is over: the probe asks again.
    assert ruled.preexec(ASKED, 3, "-u", str(int(time.time()) - 1)).returncode == MISSED
    wait_until(lambda: [request for request in daemon.requests if not request.get("told")])
    daemon.close()


def test_breaker_file_follows(ruled: World) -> None:
    daemon = FakeDaemon(ruled.socket, never)
    ruled.preexec(ASKED, 1)
    assert (ruled.state / "breaker").exists()
    ruled.env["CARO_DAEMON_TIMEOUT_MS"] = "5000"
    daemon.answer = reply_with(action="allow")
    ruled.preexec(ASKED, 2, "-u", "1")
    assert not (ruled.state / "breaker").exists()
    daemon.close()


def test_full_backlog_is_a_miss_at_once(ruled: World) -> None:
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(ruled.socket))
    listener.listen(0)
    waiting = []
    while True:
        connection = socket.socket(socket.AF_UNIX)
        connection.setblocking(False)
        waiting.append(connection)
        if connection.connect_ex(str(ruled.socket)) != 0:
            break
    assert ruled.preexec(ASKED).returncode == MISSED
    for connection in [listener, *waiting]:
        connection.close()


def test_stale_socket_is_no_miss(ruled: World) -> None:
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(ruled.socket))
    listener.close()
    assert ruled.preexec(ASKED).returncode == RUN


def replace_by_symlink(world: World) -> str:
    elsewhere = world.home / "elsewhere.sock"
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(elsewhere))
    world.socket.symlink_to(elsewhere)
    listener.close()
    return "is a symbolic link"


def replace_by_file(world: World) -> str:
    world.socket.write_text("")
    return "is not a socket"


def open_the_folder(world: World) -> str:
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(world.socket))
    listener.close()
    world.config.chmod(0o755)
    return "is open to other users"


def give_the_socket_away(world: World) -> str:
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(world.socket))
    listener.close()
    os.chown(world.socket, 65534, 65534)
    return "belongs to another user"


def set_a_long_path(world: World) -> str:
    world.env["CARO_SOCKET"] = str(world.config / ("x" * 120))
    return "is too long"


@pytest.mark.parametrize(
    "prepare", [replace_by_symlink, replace_by_file, open_the_folder, give_the_socket_away, set_a_long_path]
)
def test_what_is_in_the_way_is_refused_with_one_line(ruled: World, prepare: Callable[[World], str]) -> None:
    reason = prepare(ruled)
    done = ruled.preexec(ASKED, 1)
    assert done.returncode == MISSED
    assert reason in done.stderr
    assert done.stderr.startswith("caro: ")
    assert done.stderr.count("\n") == 1
    assert ruled.preexec(ASKED, 2).stderr == ""
    assert ruled.preexec("forbidden", 3).returncode == REFUSED | MISSED


def test_peer_of_another_user_is_refused(ruled: World) -> None:
    """The folder and the socket are ours, who listens is not: only the peer's uid tells."""
    code = f"""
import os, socket, sys
listener = socket.socket(socket.AF_UNIX); listener.bind({str(ruled.socket)!r})
os.setgid(65534); os.setuid(65534)
listener.listen(8); print("up", flush=True); sys.stdin.read()
"""
    server = subprocess.Popen(
        [os.environ.get("PYTHON", "python3"), "-c", code],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert server.stdout is not None
    assert server.stdout.readline() == "up\n"
    done = ruled.preexec(ASKED)
    server.communicate()
    assert done.returncode == MISSED
    assert "is served by another user" in done.stderr


def test_stopped_killed_and_started_again_loses_and_doubles_nothing(ruled: World) -> None:
    ruled.env["CARO_DAEMON_TIMEOUT_MS"] = "5000"
    pid = ruled.start()
    statuses = [ruled.preexec("one", 1).returncode]
    os.kill(pid, signal.SIGSTOP)
    short = {"CARO_DAEMON_TIMEOUT_MS": "50"}
    statuses += [ruled.preexec(f"two {n}", n, "-e", "0", **short).returncode for n in (2, 3)]
    os.kill(pid, signal.SIGCONT)
    statuses.append(ruled.preexec("four", 4, "-e", "0").returncode)
    os.kill(pid, signal.SIGKILL)
    wait_for_end(pid)
    statuses.append(ruled.preexec("five", 5, "-e", "0").returncode)
    ruled.start()
    statuses.append(ruled.preexec("six", 6, "-e", "0").returncode)
    ruled.hook("session_end", "-e", "3", seq=6)
    assert statuses == [RUN, MISSED, MISSED, RUN, RUN, RUN]
    assert [event["text"] for event in ruled.events()] == ["one", "two 2", "two 3", "four", "five", "six"]
    assert ruled.events()[-1]["exit_code"] == 3


def wait_for_end(pid: int) -> None:
    assert ends(pid, 10), f"{pid} still runs"


def test_absent_daemon_is_started_once(world: World) -> None:
    world.env["CARO_DAEMON_AUTO_START"] = "true"
    (world.home / "bin").mkdir()
    marker = world.home / "started"
    os.mkfifo(marker)
    caro = world.home / "bin" / "caro"
    caro.write_text(f'#!/bin/sh\necho "$PWD $* ${{CARO_SESSION_ID-none}} ${{CARO_LINE-none}}" >{marker}\n')
    caro.chmod(0o755)
    world.env["PATH"] = f"relative:{world.home}/bin:" + world.env["PATH"]
    assert world.preexec(ASKED, 1).returncode == RUN
    assert marker.read_text() == "/ daemon run none none\n"
    stamp = (world.state / "daemon.start").stat().st_mtime_ns
    assert world.preexec(ASKED, 2).returncode == RUN
    assert (world.state / "daemon.start").stat().st_mtime_ns == stamp


def test_caro_of_a_relative_path_element_is_never_started(world: World) -> None:
    world.env["CARO_DAEMON_AUTO_START"] = "true"
    folder = world.home / "project"
    folder.mkdir()
    caro = folder / "caro"
    caro.write_text("#!/bin/sh\n: >trapped\n")
    caro.chmod(0o755)
    env = world.env | {"PATH": ".::project", "CARO_LINE": "true"}
    for cwd in (folder, world.home):
        subprocess.run([NATIVES / "caro-hook", "preexec", "-n", "1"], env=env, cwd=cwd, timeout=60)
    assert not (world.state / "daemon.start").exists()


def test_started_daemon_answers(world: World) -> None:
    world.env["CARO_DAEMON_AUTO_START"] = "true"
    world.preexec(ASKED, 1)
    # `start` finds the one that comes up, or its own loses the race to it.
    assert world.caro("daemon", "start").returncode == 0
    assert world.preexec(ASKED, 2, "-e", "0").returncode == RUN
    assert world.status()["requests"]["preexec"] >= 1
