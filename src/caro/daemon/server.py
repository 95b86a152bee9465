"""Connections: whose they are, where a message ends, how much one peer may ask."""

from __future__ import annotations

import asyncio
import os
import socket
import struct
import time
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future
from typing import cast

from caro.client import peer_uid
from caro.daemon.dispatch import Dispatcher
from caro.daemon.log import DaemonLog
from caro.wire import MAX_BYTES, WireError, error_reply, parse_request, reply_to

MAX_CONNECTIONS = 500
"""Above this the one that was silent longest is closed: idle peers must not keep a prompt out."""
MAX_ERRORS = 20
"""Messages that are none, before a connection is closed."""
RATE, BURST = 5_000.0, 10_000.0
"""Requests a second of one process, and how many at once."""
PAUSE_SECONDS = 0.1


class Bucket:
    """A token bucket (RFC 2698's idea, one rate)."""

    def __init__(self) -> None:
        self.tokens = BURST
        self.at = time.monotonic()

    def take(self) -> bool:
        now = time.monotonic()
        self.tokens = min(BURST, self.tokens + (now - self.at) * RATE)
        self.at = now
        self.tokens -= 1
        return self.tokens >= 0


class Server:
    """Shared by all connections."""

    def __init__(self, dispatcher: Dispatcher, log: DaemonLog) -> None:
        self.dispatcher = dispatcher
        self.log = log
        self.connections: OrderedDict[Connection, None] = OrderedDict()
        self.buckets: OrderedDict[int, Bucket] = OrderedDict()
        self.last_request = time.monotonic()
        self.before_request: Callable[[], None] = lambda: None

    def bucket(self, pid: int) -> Bucket:
        bucket = self.buckets.get(pid)
        if bucket is None:
            bucket = self.buckets[pid] = Bucket()
            while len(self.buckets) > MAX_CONNECTIONS * 2:
                self.buckets.popitem(last=False)
        self.buckets.move_to_end(pid)
        return bucket

    def admit(self, connection: Connection) -> None:
        self.connections[connection] = None
        while len(self.connections) > MAX_CONNECTIONS:
            oldest, _ = self.connections.popitem(last=False)
            oldest.close()

    def answer(self, line: bytes, send: Callable[[bytes], None]) -> None:
        """Sends the reply to one message, now or later; none where nobody waits for one any more."""
        self.last_request = time.monotonic()
        self.before_request()
        request = parse_request(line)
        try:
            fields = self.dispatcher.handle(request)
            if isinstance(fields, Future):
                loop = asyncio.get_running_loop()
                fields.add_done_callback(
                    lambda done: loop.call_soon_threadsafe(send, reply_to(request, done.result()))
                )
            elif fields is not None:
                send(reply_to(request, fields))
        except WireError:
            raise
        except Exception as error:
            # One message must not take the daemon away from every other shell.
            self.log.write("error", type=request.type, error=f"{type(error).__name__}: {error}")
            raise WireError(
                f"the daemon failed at this {request.type}; its log tells more", request.id
            ) from error


class Connection(asyncio.Protocol):
    def __init__(self, server: Server) -> None:
        self.server = server
        self.buffer = bytearray()
        self.errors = 0
        self.transport: asyncio.Transport | None = None
        self.bucket: Bucket | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        peer: socket.socket = transport.get_extra_info("socket")
        if peer_uid(peer) != os.geteuid():
            self.server.log.write("refused", reason="a peer of another user")
            self.transport.abort()
            return
        self.bucket = self.server.bucket(peer_pid(peer))
        self.server.admit(self)

    def connection_lost(self, _error: Exception | None) -> None:
        self.server.connections.pop(self, None)
        self.transport = None

    def close(self) -> None:
        if self.transport is not None:
            self.transport.close()

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        if self in self.server.connections:
            self.server.connections.move_to_end(self)
        while self.transport is not None and not self.transport.is_closing():
            end = self.buffer.find(b"\n")
            if end < 0:
                break
            line = bytes(self.buffer[:end])
            del self.buffer[: end + 1]
            self.answer(line)
        if len(self.buffer) >= MAX_BYTES:
            self.refuse(WireError(f"a message is longer than {MAX_BYTES} bytes"))
            self.buffer.clear()
            self.close()

    def answer(self, line: bytes) -> None:
        try:
            self.server.answer(line, self.send)
        except WireError as error:
            self.refuse(error)
            return
        if self.bucket is not None and not self.bucket.take():
            self.pause()

    def send(self, reply: bytes) -> None:
        if self.transport is not None:
            self.transport.write(reply)

    def refuse(self, error: WireError) -> None:
        self.errors += 1
        self.server.dispatcher.counts["refused"] += 1
        if self.transport is None:
            return
        self.transport.write(error_reply(error))
        if self.errors >= MAX_ERRORS:
            self.close()

    def pause(self) -> None:
        """Too fast: what it sends next waits in its own socket."""
        if self.transport is not None and self.transport.is_reading():
            self.transport.pause_reading()
            asyncio.get_running_loop().call_later(PAUSE_SECONDS, self.resume)

    def resume(self) -> None:
        if self.transport is not None and not self.transport.is_closing():
            self.transport.resume_reading()

    # A peer that asks and never reads must not fill our memory with its answers.
    def pause_writing(self) -> None:
        if self.transport is not None:
            self.transport.abort()


def peer_pid(peer: socket.socket) -> int:
    """The process at the other end; 0 where the system doesn't tell."""
    if not hasattr(socket, "SO_PEERCRED"):
        return 0
    data = peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    return int(struct.unpack("3i", data)[0])
