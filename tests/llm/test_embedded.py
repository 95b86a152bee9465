"""A model that somebody added: what the file says of itself, and the process that the daemon runs for it."""

from __future__ import annotations

import hashlib
import json
import os
import struct
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from caro.errors import CaroError, UsageError
from caro.llm.gguf import about
from caro.llm.models import Models
from daemons import World

STAND_IN = Path(__file__).parent / "stand_in"
PATIENCE = 30.0


def text(said: str) -> bytes:
    return struct.pack("<Q", len(said.encode())) + said.encode()


def pair(key: str, value: str) -> bytes:
    return text(key) + struct.pack("<I", 8) + text(value)


def gguf(answer: str = "ls -l", more: bytes = b"", count: int = 0) -> bytes:
    """A head as the specification has it; the stand-in's answer behind it."""
    head = b"GGUF" + struct.pack("<IQQ", 3, 0, 3 + count)
    said = {
        "general.architecture": "llama",
        "general.license": "apache-2.0",
        "general.name": "A \x1b[31mname",
    }
    return head + b"".join(pair(*one) for one in said.items()) + more + b"\0" + answer.encode()


def test_what_is_no_file_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    for place, said in ((tmp_path / "fifo", "no regular file"), (tmp_path / "none", "not there")):
        with pytest.raises(CaroError, match=said):
            Models(tmp_path / "models.json").add(place)


def test_a_file_says_what_it_is(tmp_path: Path) -> None:
    number = text("llama.block_count") + struct.pack("<II", 4, 2)
    words = text("tokenizer.ggml.tokens") + struct.pack("<IIQ", 9, 8, 2) + text("a") + text("b")
    scores = text("tokenizer.ggml.scores") + struct.pack("<IIQ", 9, 6, 2) + bytes(8)
    file = tmp_path / "m.gguf"
    file.write_bytes(gguf(more=number + words + scores, count=3))
    said = about(file)
    assert (said.architecture, said.licence, said.name) == ("llama", "apache-2.0", "A [31mname")


@pytest.mark.parametrize("data", (
    b"", b"GGU", b"PK\x03\x04", b"GGUF" + struct.pack("<IQQ", 99, 0, 0), b"GGUF" + struct.pack("<IQQ", 3, 0, 1 << 60),
    gguf()[:40], b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + struct.pack("<Q", 1 << 62),
    b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + text("a") + struct.pack("<I", 77),
    b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + text("a") + struct.pack("<IIQ", 9, 9, 1),
    b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + text("a") + struct.pack("<IIQ", 9, 8, 1 << 50),
))  # fmt: skip
def test_what_is_no_model_is_refused(tmp_path: Path, data: bytes) -> None:
    file = tmp_path / "m.gguf"
    file.write_bytes(data)
    with pytest.raises(CaroError, match="no whole GGUF"):
        Models(tmp_path / "models.json").add(file)


def test_models_are_kept_by_name_and_digest(tmp_path: Path) -> None:
    models, file, other = (
        Models(tmp_path / "list" / "models.json"),
        tmp_path / "a b.gguf",
        tmp_path / "c.gguf",
    )
    for one in (file, other):
        one.write_bytes(gguf())
    added = models.add(file)
    assert (added.name, added.sha256) == ("a-b", hashlib.sha256(gguf()).hexdigest())
    assert models.checked("a-b") == added and models.add(file) == added
    with pytest.raises(UsageError, match="another file"):
        models.add(other, "a-b")
    for name in ("-x", "../x", ""):
        if name:
            with pytest.raises(UsageError):
                models.add(other, name)
    file.write_bytes(gguf("rm -r x"))
    with pytest.raises(CaroError, match="changed since it was added"):
        models.checked("a-b")
    models.remove("a-b")
    assert models.all() == [] and file.exists()


@pytest.fixture
def world(home: Path, env: dict[str, str], natives: Path) -> Iterator[World]:
    world = World(home, env | {"PYTHONPATH": str(STAND_IN)})
    yield world
    world.close()


def model_events(world: World) -> list[str]:
    rows = map(json.loads, (world.state / "daemon.log").read_text().splitlines())
    return [row["event"] + " " + row.get("reason", "") for row in rows if row["event"].startswith("model_")]


def asked(world: World, answer: str) -> list[dict[str, str]]:
    """What `caro ask` says with a model that says `answer`, added and chosen by its commands."""
    file = world.home / f"{len(answer)}.gguf"
    file.write_bytes(gguf(answer))
    world.configure("[llm]\nenabled = true\n")
    for words in (("add", str(file), "--name", "m"), ("use", "m")):
        done = world.caro("model", *words)
        assert done.returncode == 0, done.stderr
    done = world.caro("ask", "-v", "--json", "list files in /tmp")
    world.said = done.stderr  # type: ignore[attr-defined]
    return [row for row in json.loads(done.stdout)["commands"] if row["source"] == "model"]


def test_the_daemon_runs_a_model_and_ends_it(world: World) -> None:
    world.start()
    rows = asked(world, "ls -lA /tmp")
    assert [row["command"] for row in rows] == ["ls -lA /tmp"]
    socket = world.config / "model.sock"
    assert socket.stat().st_mode & 0o77 == 0
    assert json.loads(world.caro("model", "list", "--json").stdout)["models"][0]["licence"] == "apache-2.0"
    world.caro("model", "rm", "m")
    world.caro("daemon", "stop")
    assert model_events(world) == ["model_started ", "model_ended the daemon ends"]
    assert not socket.exists()


@pytest.mark.parametrize(
    ("answer", "said"), (("broken", "can't load the file"), ("dies", "the model has no answer"))
)
def test_a_model_that_can_not_answer_is_said(world: World, answer: str, said: str) -> None:
    world.start()
    assert asked(world, answer) == []
    assert said in world.said  # type: ignore[attr-defined]
    # The next question finds a process that ended, or begins another: never an answer that waits for ever.
    again = world.caro("ask", "-v", "list files in /tmp")
    assert again.returncode == 0 and "the model" in again.stderr


@pytest.mark.long
def test_a_model_ends_when_nobody_wants_it(world: World) -> None:
    world.start()
    assert asked(world, "ls -a /tmp")
    world.configure('[llm]\nenabled = false\nbackend = "embedded"\nmodel = "m"\n')
    until = time.monotonic() + PATIENCE
    while "model_ended switched off" not in model_events(world):
        assert time.monotonic() < until
        time.sleep(0.05)


def test_without_a_daemon_or_a_file_it_says_so(
    caro: Callable[..., subprocess.CompletedProcess[str]], home: Path
) -> None:
    config = home / ".config" / "caro" / "config.toml"
    config.parent.mkdir(parents=True, exist_ok=True)
    config.write_text('[llm]\nenabled = true\nbackend = "embedded"\nmodel = "m"\n')
    done = caro("ask", "-v", "list files in /tmp")
    assert done.returncode == 0 and "caro daemon start" in done.stderr
    assert caro("model", "use", "m").returncode == 2
    (home / "half.gguf").write_bytes(b"GGUF")
    assert "no whole GGUF" in caro("model", "add", str(home / "half.gguf")).stderr
    assert "no regular file" in caro("model", "add", "/dev/null").stderr


@pytest.mark.parametrize(
    ("cores", "load", "threads"),
    ((1, 0.0, 1), (2, 0.1, 1), (8, 0.2, 7), (8, 3.4, 5), (8, 40.0, 1), (64, 2.0, 62)),
)
def test_threads_are_those_that_nobody_needs(cores: int, load: float, threads: int) -> None:
    from caro.llm.serving import threads_for

    assert threads_for(cores, load) == threads
