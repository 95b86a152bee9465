"""Connections: whose they are, where a message ends, how much one peer may ask."""

from __future__ import annotations

import asyncio
import errno
import os
import socket
import struct
import time
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from caro.client import peer_uid
from caro.daemon.dispatch import Dispatcher
from caro.daemon.in_time import answer_in_time
from caro.daemon.log import DaemonLog
from caro.wire import MAX_BYTES, Request, WireError, error_reply, parse_request, reply_to

MAX_CONNECTIONS = 500
"""Above this the one that was silent longest is closed: idle peers must not keep a prompt out."""
MAX_ERRORS = 20
"""Messages that are none, before a connection is closed."""
RATE, BURST = 5_000.0, 10_000.0
"""Requests a second of one process, and how many at once."""
PAUSE_SECONDS = 0.1
ACCEPTED_AT_ONCE = 64
READ_BYTES = 65536


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
        self.listener: socket.socket | None = None
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

    def listen(self, listener: socket.socket) -> None:
        self.stop_listening()
        self.listener = listener
        asyncio.get_running_loop().add_reader(listener.fileno(), self.accept)

    def stop_listening(self) -> None:
        if self.listener is not None:
            asyncio.get_running_loop().remove_reader(self.listener.fileno())
            self.listener.close()
            self.listener = None

    def accept(self) -> None:
        """Take whoever waits; bounded, so that those who are connected get their turn."""
        for _ in range(ACCEPTED_AT_ONCE):
            if self.listener is None:
                return
            try:
                peer, _address = self.listener.accept()
            except BlockingIOError:
                return
            except OSError as error:
                if error.errno not in (errno.EMFILE, errno.ENFILE) or not self.connections:
                    return
                next(iter(self.connections)).close()
                continue
            self.admit(peer)

    def admit(self, peer: socket.socket) -> None:
        peer.setblocking(False)
        try:
            if peer_uid(peer) != os.geteuid():
                self.log.write("refused", reason="a peer of another user")
                peer.close()
                return
        except OSError:
            peer.close()
            return
        connection = Connection(self, peer)
        self.connections[connection] = None
        while len(self.connections) > MAX_CONNECTIONS:
            next(iter(self.connections)).close()
        # caro-hook has sent its line by now: answered at once, it saves a turn of the loop.
        connection.readable()

    def answer(self, line: bytes, send: Callable[[bytes], None], peer: int = 0) -> Request:
        """Send the reply to one message, now or later; none where nobody waits for one any more. Return the message."""
        self.last_request = time.monotonic()
        self.before_request()
        request = parse_request(line)
        request.peer = peer
        try:
            fields = self.dispatcher.handle(request)
            if isinstance(fields, Future):
                answer_in_time(request, fields, lambda told: send(reply_to(request, told)))
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
        return request

    def hint(self, request: Request, send: Callable[[bytes], None]) -> None:
        """Send what the person who paused may want to know: `hint`, "" for nothing."""
        loop = asyncio.get_running_loop()

        def done(found: Future[dict[str, Any]]) -> None:
            if not found.cancelled():
                told = {} if found.exception() else found.result()
                loop.call_soon_threadsafe(send, reply_to(request, {"hint": ""} | told))

        fields = self.dispatcher.hint(request, self.dispatcher.sessions.get(request.session), asked=False)
        if isinstance(fields, Future):
            fields.add_done_callback(done)


class Connection:
    """One peer. Not an asyncio transport: a shell connects for each line, and making transport and protocol
    would cost more than the answer. Nothing is ever queued for writing: whoever does not read is closed.
    """

    def __init__(self, server: Server, peer: socket.socket) -> None:
        self.server = server
        self.peer = peer
        self.buffer = bytearray()
        self.errors = 0
        self.closed = False
        self.pause_timer: asyncio.TimerHandle | None = None
        self.peer_pid = peer_pid(peer)
        self.bucket = server.bucket(self.peer_pid)
        self.loop = asyncio.get_running_loop()
        self.loop.add_reader(peer.fileno(), self.readable)

    def close(self) -> None:
        if not self.closed:
            self.closed = True
            self._end_pause()
            self.loop.remove_reader(self.peer.fileno())
            self.peer.close()
            self.server.connections.pop(self, None)

    def readable(self) -> None:
        if self.closed:
            return
        try:
            data = self.peer.recv(READ_BYTES)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            data = b""
        if not data:
            self.close()
            return
        self.server.connections.move_to_end(self)
        self.take(data)

    def take(self, data: bytes) -> None:
        self.buffer += data
        while not self.closed and (end := self.buffer.find(b"\n")) >= 0:
            line = bytes(self.buffer[:end])
            del self.buffer[: end + 1]
            self.answer(line)
        if len(self.buffer) >= MAX_BYTES:
            self.refuse(WireError(f"a message is longer than {MAX_BYTES} bytes"))
            self.close()

    def answer(self, line: bytes) -> None:
        self._end_pause()
        try:
            request = self.server.answer(line, self.send, self.peer_pid)
            if request.hint_ms:
                self._hint_after(request)
        except WireError as error:
            self.refuse(error)
        if not self.bucket.take():
            self.pause()

    def _hint_after(self, request: Request) -> None:
        """Hint at the line, if that peer asks nothing more until the pause is over."""
        self.pause_timer = self.loop.call_later(request.hint_ms / 1000, self.server.hint, request, self.send)

    def _end_pause(self) -> None:
        if self.pause_timer is not None:
            self.pause_timer.cancel()
            self.pause_timer = None

    def send(self, reply: bytes) -> None:
        if self.closed:
            return
        try:
            whole = self.peer.send(
                reply, socket.MSG_NOSIGNAL if hasattr(socket, "MSG_NOSIGNAL") else 0
            ) == len(reply)
        except OSError:
            whole = False
        if not whole:
            self.close()

    def refuse(self, error: WireError) -> None:
        self.errors += 1
        self.server.dispatcher.counts["refused"] += 1
        self.send(error_reply(error))
        if self.errors >= MAX_ERRORS:
            self.close()

    def pause(self) -> None:
        """Too fast: what it sends next waits in its own socket."""
        if not self.closed:
            self.loop.remove_reader(self.peer.fileno())
            self.loop.call_later(PAUSE_SECONDS, self.resume)

    def resume(self) -> None:
        if not self.closed:
            self.loop.add_reader(self.peer.fileno(), self.readable)


def peer_pid(peer: socket.socket) -> int:
    """Return the process at the other end; 0 where the system doesn't tell."""
    if not hasattr(socket, "SO_PEERCRED"):
        return 0
    data = peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    return int(struct.unpack("3i", data)[0])
