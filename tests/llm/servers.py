"""Servers that stand for a model's: each mode says what one sends, in both dialects, whole or broken."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field

OK = b"HTTP/1.1 200 OK\r\n\r\n"


def piece(dialect: str, text: str) -> bytes:
    """One piece of an answer, as the dialect streams it."""
    if dialect == "openai":
        return b"data: " + json.dumps({"choices": [{"delta": {"content": text}}]}).encode() + b"\n\n"
    return json.dumps({"message": {"content": text}, "done": False}).encode() + b"\n"


def end(dialect: str, reason: str = "stop") -> bytes:
    """The end of a whole answer."""
    if dialect == "openai":
        last = {"choices": [{"delta": {}, "finish_reason": reason}]}
        return b"data: " + json.dumps(last).encode() + b"\n\ndata: [DONE]\n\n"
    return json.dumps({"message": {"content": ""}, "done": True, "done_reason": reason}).encode() + b"\n"


def whole(text: str) -> Callable[[str], bytes]:
    """An answer that is whole and says the text."""
    return lambda dialect: OK + piece(dialect, text) + end(dialect)


def status(code: int, body: bytes = b"") -> Callable[[str], bytes]:
    """An answer with another status."""
    return lambda dialect: f"HTTP/1.1 {code} X\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


@dataclass
class Fake:
    """A server that sends `answers` one after the other, the last one for ever; `hangs` keeps each connection open."""

    dialect: str
    answers: list[bytes]
    hangs: bool = False
    asked: list[dict[str, object]] = field(default_factory=list)
    left: asyncio.Event = field(default_factory=asyncio.Event)
    came: asyncio.Event = field(default_factory=asyncio.Event)
    pages: dict[str, object] = field(default_factory=dict)
    """What `/props` and `/version` answer, as JSON; else 404."""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        path = head.split()[1].decode()
        if path in ("/props", "/version", *self.pages):
            page = self.pages.get(path)
            body = json.dumps(page).encode()
            writer.write(status(404)("") if page is None else OK + body)
            writer.close()
            return
        length = next(
            (int(line[16:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0
        )
        self.asked.append(json.loads(await reader.readexactly(length) or b"{}"))
        self.came.set()
        try:
            writer.write(self.answers.pop(0) if len(self.answers) > 1 else self.answers[0])
            await writer.drain()
            if self.hangs:
                await reader.read()
                self.left.set()
        except ConnectionError:
            self.left.set()
        finally:
            writer.close()


@contextmanager
def in_a_thread(fake: Fake) -> Iterator[str]:
    """Run it for programs that ask it; give its address."""
    found: list[str] = []
    ready, loop = threading.Event(), asyncio.new_event_loop()
    stop = asyncio.Event()

    async def serve() -> None:
        async with running(fake) as address:
            found.append(address)
            ready.set()
            await stop.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    ready.wait()
    try:
        yield found[0]
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()
        loop.close()


@asynccontextmanager
async def running(fake: Fake) -> AsyncIterator[str]:
    """Run it; give its address."""
    server = await asyncio.start_server(fake.serve, "127.0.0.1", 0, limit=1 << 20)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
