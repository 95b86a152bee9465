"""A language model beside the prompt: how soon a question that is left has gone, how soon its server knows, and what
preexec costs while an answer streams into the daemon. The server is a few lines on loopback. Prints JSON.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

try:
    from bench.hook_bench import ask, connect, make_env, stop, temporary_home, wait_ready
except ImportError:
    from hook_bench import ask, connect, make_env, stop, temporary_home, wait_ready  # type: ignore[no-redef]

SESSION = "0192f0c1-2345-7abc-8def-0123456789ab"
TOKENS_A_SECOND = 50
LINE = 'git commit -m "a message" && make -j2 test'


async def stream(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer with tokens without end, until the client has gone; tell both on standard output."""
    if (await reader.readuntil(b"\r\n\r\n")).startswith(b"GET"):
        writer.write(b"HTTP/1.1 404 X\r\nContent-Length: 0\r\n\r\n")
        writer.close()
        return
    print("open", flush=True)
    gone = asyncio.ensure_future(_gone(reader))
    row = json.dumps({"choices": [{"delta": {"content": "word"}}]})
    writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
    while not gone.done():
        writer.write(f"data: {row}\n\n".encode())
        await asyncio.wait([gone], timeout=1 / TOKENS_A_SECOND)
    print("closed", flush=True)
    writer.close()


async def _gone(reader: asyncio.StreamReader) -> None:
    try:
        while await reader.read(65536):
            pass
    except ConnectionError:
        pass


async def serve() -> None:
    server = await asyncio.start_server(stream, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


class Server:
    """The server in a process of its own."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, __file__, "--serve"], stdout=subprocess.PIPE, text=True
        )
        self.url = f"http://127.0.0.1:{self.line()}"

    def line(self) -> str:
        """What it says next."""
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def end(self) -> None:
        self.process.terminate()
        self.process.wait()


@contextmanager
def server() -> Iterator[Server]:
    made = Server()
    try:
        yield made
    finally:
        made.end()


def leaving(count: int) -> dict[str, float]:
    """Milliseconds from the key that leaves an answer until the question has gone, and until its server knows it."""
    gone, free = [], []
    with server() as model:
        for _ in range(count):
            took, left = asyncio.run(_left(model.url))
            assert (model.line(), model.line()) == ("open", "closed")
            gone.append(1000 * took)
            free.append(1000 * (time.perf_counter() - left))
    return {"model_cancel_ms": max(gone), "model_slot_free_ms": statistics.median(free)}


async def _left(url: str) -> tuple[float, float]:
    from caro.llm.backend import Turn, Waits, answer_of
    from caro.llm.http import Place
    from caro.llm.openai import OpenAI

    heard = asyncio.Event()
    turns = [Turn("user", "list files")]
    task = asyncio.ensure_future(
        answer_of(OpenAI(Place.of(url), "m"), turns, Waits(30, 60), lambda text: heard.set())
    )
    await heard.wait()
    begun = time.perf_counter()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    return time.perf_counter() - begun, begun


def beside_an_answer(blocks: int, count: int) -> dict[str, float]:
    """The slowest hundredth and the middle of preexec while an answer streams, each by that of quiet blocks between."""
    with temporary_home() as home, server() as model:
        env, path = make_env(home), home / ".config/caro/caro.sock"
        text = f'[daemon]\nauto_start = false\n[llm]\nenabled = true\nurl = "{model.url}"\n'
        (home / ".config/caro/config.toml").write_text(f"{text}timeout_ms = 60000\nwhole_ms = 60000\n")
        subprocess.run(["caro", "daemon", "start"], env=env, check=True, capture_output=True)
        wait_ready(path)
        preexecs(path, count)
        times: dict[bool, list[list[float]]] = {False: [], True: []}
        for at in range(2 * blocks):
            streams = bool(at % 2)
            _fail(
                path,
                at,
                env,
                "sort --zeilen=3 notes.txt" if streams else "grep x notes.txt",
                2 if streams else 1,
            )
            if at:
                assert model.line() == ("open" if streams else "closed")
            times[streams].append(sorted(preexecs(path, count)))
        stop(path)
    middle, slow = (
        {
            streams: statistics.median(row[int(share * count)] for row in rows)
            for streams, rows in times.items()
        }
        for share in (0.5, 0.99)
    )
    return {
        "model_preexec_p50_ratio": middle[True] / middle[False],
        "model_preexec_p99_ratio": slow[True] / slow[False],
        "model_preexec_p99_us": slow[True],
    }


def preexecs(path: Path, count: int) -> list[float]:
    """Microseconds of so many preexec questions over one connection."""
    times = []
    with connect(path) as connection:
        for number in range(count):
            message = {"v": 1, "id": "p", "type": "preexec", "line": f"{LINE} # {number}", "shell": "bash"}
            line = json.dumps(message).encode() + b"\n"
            begun = time.perf_counter_ns()
            connection.sendall(line)
            connection.recv(65536)
            times.append((time.perf_counter_ns() - begun) / 1000)
    return times


def _fail(path: Path, at: int, env: dict[str, str], line: str, status: int) -> None:
    """Tell the daemon that a line failed: it asks the model about one, and leaves that for another."""
    fields: dict[str, Any] = {"session": SESSION, "seq": at + 1}
    ask(path, type="preexec", line=line, shell="bash", tty=True, cwd="/tmp", **fields)
    ask(path, type="postexec", exit_code=status, duration_ms=5.0, env={"PATH": env["PATH"]}, **fields)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python bench/model_bench.py", description=__doc__)
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.serve:
        asyncio.run(serve())
        return
    figures = leaving(10 if args.short else 50)
    figures |= beside_an_answer(8 if args.short else 20, 300 if args.short else 1000)
    notes = [
        "A server on loopback streams 50 tokens a second. Preexec is asked over one connection, in blocks with and"
        " without an answer that the daemon is being sent, in turn; the ratios are those of the blocks' medians."
    ]
    print(json.dumps({"figures": figures, "notes": notes}))


if __name__ == "__main__":
    main()
