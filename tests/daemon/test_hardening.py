"""Peers that behave badly: the daemon stays up, small, and answers the others."""

from __future__ import annotations

import json
import os
import random
import resource
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from daemons import SESSION, World, read_reply
from environment import plain_environment

MAX_RSS_KB = 80 * 1024


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, natives: Path) -> Iterator[World]:
    home = tmp_path_factory.mktemp("world") / "home"
    home.mkdir(mode=0o700)
    world = World(home, plain_environment(home))
    world.start()
    yield world
    world.close()


def assert_well(world: World) -> None:
    status = world.status()
    assert status["running"]
    assert status["rss_kb"] < MAX_RSS_KB
    assert world.preexec("true", 1).returncode == 0


def test_message_above_the_cap(running: World) -> None:
    with running.connect() as connection:
        try:
            connection.sendall(b'{"v":1,"type":"status","x":"' + b"x" * 300_000 + b'"}\n')
            reply = read_reply(connection)
            assert "longer than" in reply["error"]
        except (BrokenPipeError, ConnectionResetError):
            pass
    assert_well(running)


def test_endless_message(running: World) -> None:
    with running.connect() as connection, pytest.raises(OSError):
        while True:
            connection.sendall(b"x" * 65536)
    assert_well(running)


@pytest.mark.parametrize(
    "message",
    [
        b"\n",
        b"null\n",
        b"\xff\xfe\xfd\n",
        b'{"v":1,"type":"status","x":' + b"[" * 200_000 + b"\n",
        b'{"v":1,"type":"preexec","line":"\xff"' + b"\n",
        b'{"v":1e999,"type":"status"}\n',
        b'{"v":1,"type":"preexec","seq":99999999999999999999999}\n',
    ],
)
def test_nonsense_gets_a_sentence_and_the_next_message_an_answer(running: World, message: bytes) -> None:
    with running.connect() as connection:
        connection.sendall(message)
        assert "error" in read_reply(connection)
        connection.sendall(b'{"v":1,"type":"status","id":"after"}\n')
        assert read_reply(connection)["id"] == "after"


def test_who_sends_only_nonsense_is_closed(running: World) -> None:
    with running.connect() as connection, pytest.raises((AssertionError, OSError)):
        for _ in range(100):
            connection.sendall(b"nonsense\n")
            read_reply(connection)
    assert_well(running)


def test_ten_thousand_random_messages(running: World) -> None:
    source = random.Random(4)
    types = ["preexec", "postexec", "session_end", "check_exec", "fix", "suggest", "session_start", "x", ""]
    fields = ["line", "seq", "cwd", "last", "env", "argv", "session", "answer", "exit_code", "pid"]
    values = [
        0,
        -1,
        1 << 70,
        1.5,
        "x",
        "\x00\x1b",
        None,
        True,
        [],
        {},
        ["a"],
        {"exit_code": 1},
        SESSION,
        "yes",
    ]
    connection = running.connect()
    for number in range(10_000):
        message = {"v": 1, "type": source.choice(types), "id": str(number)}
        message |= {source.choice(fields): source.choice(values) for _ in range(source.randrange(6))}
        data = bytearray(json.dumps(message).encode())
        if source.random() < 0.3:
            data[source.randrange(len(data))] = source.choice([i for i in range(256) if i != 10])
        try:
            connection.sendall(bytes(data) + b"\n")
            read_reply(connection)
        except (AssertionError, OSError):
            connection.close()
            connection = running.connect()
    connection.close()
    assert_well(running)


def test_thousand_idle_connections(running: World) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 4096), hard))
    with ExitStack() as stack:
        for _ in range(1000):
            connection = stack.enter_context(socket.socket(socket.AF_UNIX))
            # Blocking: a full backlog makes connect wait for the daemon's next turn.
            connection.connect(str(running.socket))
        assert_well(running)
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert_well(running)


def test_peer_that_never_reads(running: World) -> None:
    with (
        running.connect() as connection,
        pytest.raises((BrokenPipeError, ConnectionResetError, TimeoutError)),
    ):
        connection.settimeout(5)
        while True:
            connection.sendall(b'{"v":1,"type":"status"}\n' * 100)
    assert_well(running)


def test_hundreds_of_sessions_are_bounded(running: World) -> None:
    with running.connect() as connection:
        for number in range(1500):
            session = f"0192f0c1-2345-7abc-8def-{number:012x}"
            message = {
                "v": 1,
                "type": "preexec",
                "id": "x",
                "session": session,
                "seq": 1,
                "line": "ls " + "x" * 100,
            }
            connection.sendall(json.dumps(message).encode() + b"\n")
            read_reply(connection)
    assert running.status()["sessions"] <= 1000
    assert_well(running)


def test_request_of_a_sender_who_gave_up_is_dropped(running: World) -> None:
    with running.connect() as connection:
        old = {"v": 1, "type": "preexec", "id": "old", "sent": 1_000_000, "timeout_ms": 50, "line": "x"}
        connection.sendall(json.dumps(old).encode() + b"\n" + b'{"v":1,"type":"status","id":"new"}\n')
        assert read_reply(connection)["id"] == "new"


def test_session_ids_name_no_files(running: World) -> None:
    before = sorted(os.listdir(running.state / "fifo"))
    for session in ("../../x", "", "x" * 5000, "0192f0c1-2345-7abc-8def-0123456789ab/../x"):
        assert running.ask({"type": "preexec", "session": session, "seq": 1, "line": "ls"})["allow"] is True
        line = (
            json.dumps({"v": 1, "type": "preexec", "id": "1", "session": session, "seq": 1})[:4000].encode()
            + b"\n"
        )
        writer = os.open(running.state / "fifo" / "requests", os.O_WRONLY | os.O_NONBLOCK)
        os.write(writer, line)
        os.close(writer)
    assert_well(running)
    assert sorted(os.listdir(running.state / "fifo")) == before
