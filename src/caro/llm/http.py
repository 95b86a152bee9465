"""As much HTTP/1.1 (RFC 9112) as a model's server needs: one request, its answer line by line.

No redirection, no proxy, no compression.
"""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from caro.llm.backend import NoAnswer

MOST_BODY = 1 << 20
MOST_HEADERS = 100
LONGEST_LINE = 1 << 16


@dataclass(frozen=True)
class Place:
    """Where a server listens: a host and port, or the path of a Unix socket; `base` stands before each path."""

    url: str
    host: str = ""
    port: int = 0
    socket: str = ""
    base: str = ""
    secure: bool = False

    @classmethod
    def of(cls, url: str) -> Place:
        """Return the place of `http://HOST[:PORT][/BASE]`, `https://…` or `unix:/PATH`. Raises ValueError."""
        if url.startswith("unix:"):
            return cls(url, socket=url.removeprefix("unix:").removeprefix("//"))
        parts = urlsplit(url if "://" in url else f"http://{url}")
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("no http://HOST:PORT, https://HOST or unix:/PATH")
        secure = parts.scheme == "https"
        host = "127.0.0.1" if parts.hostname == "localhost" else parts.hostname
        return cls(url, host, parts.port or (443 if secure else 80), "", parts.path.rstrip("/"), secure)


@dataclass
class Reply:
    """The head of an answer; `lines` yields its body."""

    status: int
    headers: dict[str, str]
    reader: asyncio.StreamReader
    _read: int = field(default=0)

    async def lines(self) -> AsyncIterator[bytes]:
        """Yield the body's lines without their ends. Raises NoAnswer where it is too long or breaks off."""
        rest = b""
        async for part in self._parts():
            self._read += len(part)
            if self._read > MOST_BODY:
                raise NoAnswer("the server sends without end")
            *whole, rest = (rest + part).split(b"\n")
            for line in whole:
                yield line.rstrip(b"\r")
            if len(rest) > LONGEST_LINE:
                raise NoAnswer("the server sends a line without end")
        if rest:
            yield rest

    async def _parts(self) -> AsyncIterator[bytes]:
        if "chunked" in self.headers.get("transfer-encoding", "").lower():
            async for part in self._chunks():
                yield part
            return
        left = (
            int(self.headers["content-length"]) if self.headers.get("content-length", "").isdigit() else None
        )
        while left is None or left > 0:
            part = await self.reader.read(min(left or 4096, 4096))
            if not part:
                if left:
                    raise NoAnswer("the answer breaks off")
                return
            left = None if left is None else left - len(part)
            yield part

    async def _chunks(self) -> AsyncIterator[bytes]:
        while True:
            head = await self.reader.readline()
            try:
                size = int(head.split(b";")[0], 16)
            except ValueError:
                raise NoAnswer("the answer breaks off") from None
            if size == 0:
                return
            if size < 0 or size > MOST_BODY:
                raise NoAnswer("the server sends without end")
            try:
                yield await self.reader.readexactly(size)
                await self.reader.readexactly(2)
            except asyncio.IncompleteReadError:
                raise NoAnswer("the answer breaks off") from None


@asynccontextmanager
async def request(place: Place, path: str, body: Any = None, key: str = "") -> AsyncIterator[Reply]:
    """Send a GET, or a POST of `body` as JSON, and give the answer; the connection closes with the context."""
    context = ssl.create_default_context() if place.secure else None
    opened = (
        asyncio.open_unix_connection(place.socket, limit=LONGEST_LINE)
        if place.socket
        else asyncio.open_connection(place.host, place.port, limit=LONGEST_LINE, ssl=context)
    )
    reader, writer = await opened
    try:
        writer.write(_message(place, path, body, key))
        await writer.drain()
        yield await _head(reader)
    finally:
        # Abort rather than close: a server that is cut off ends what it was making.
        writer.transport.abort()


def _message(place: Place, path: str, body: Any, key: str) -> bytes:
    data = b"" if body is None else json.dumps(body).encode()
    host = f"[{place.host}]" if ":" in place.host else place.host or "localhost"
    lines = [f"{'POST' if data else 'GET'} {place.base}{path} HTTP/1.1", f"Host: {host}:{place.port}",
             "User-Agent: caro", "Connection: close", "Accept: */*"]  # fmt: skip
    lines += [f"Content-Type: application/json\r\nContent-Length: {len(data)}"] if data else []
    lines += [f"Authorization: Bearer {key}"] if key else []
    return "\r\n".join([*lines, "", ""]).encode() + data


async def _head(reader: asyncio.StreamReader) -> Reply:
    try:
        first = (await reader.readline()).split(maxsplit=2)
        if len(first) < 2 or not first[0].startswith(b"HTTP/1.") or not first[1].isdigit():
            raise NoAnswer(
                "what answers there speaks no HTTP"
                if first
                else "the connection was closed without an answer"
            )
        headers: dict[str, str] = {}
        for _ in range(MOST_HEADERS):
            line = (await reader.readline()).strip()
            if not line:
                return Reply(int(first[1]), headers, reader)
            name, _, value = line.decode("latin-1").partition(":")
            headers[name.strip().lower()] = value.strip()
    except ValueError:
        raise NoAnswer("the server sends a header without end") from None
    raise NoAnswer("the server sends headers without end")


async def refusal(reply: Reply) -> NoAnswer:
    """Return why a server with a status other than 200 gives no answer; of its text only a message in JSON."""
    told = {401: "it wants a key (llm.key_file)", 403: "it refuses the key", 404: "it has no such address or model",
            429: "it has too much to do"}.get(reply.status, "")  # fmt: skip
    if not told:
        text = b"".join([line async for line in reply.lines()][:50])[:4096]
        told = message_in(text)
    return NoAnswer(f"the server answers {reply.status}" + (f": {told}" if told else ""))


def message_in(text: bytes) -> str:
    """Return the message of a server's error in JSON; "" for anything else."""
    try:
        row = json.loads(text)
    except (ValueError, RecursionError):
        return ""
    error = row.get("error") if isinstance(row, dict) else None
    told = error.get("message") if isinstance(error, dict) else error
    return told[:200] if isinstance(told, str) else ""
