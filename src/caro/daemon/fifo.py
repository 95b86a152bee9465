"""zsh's way without a process: requests through one FIFO, a digit back through the session's own.

A FIFO doesn't tell who writes: the folder is 0700 and checked, that is the guarantee. Only a line that simply
runs is answered with 0 and recorded here; for anything else zsh calls caro-hook, which shows and asks.
"""

from __future__ import annotations

import asyncio
import os
import stat
import time
from collections.abc import Callable
from pathlib import Path

from caro.daemon.dispatch import Dispatcher
from caro.daemon.listen import make_private_folder
from caro.daemon.prompt_record import PromptRecord
from caro.daemon.sessions import is_session_id
from caro.plain import plain_mark
from caro.wire import Request, WireError, parse_request

ATOMIC_BYTES = 4096
"""PIPE_BUF of Linux: a shorter write is never mixed with another's. (macOS has 512, and mixes no writes of one
page in practice; what is mixed all the same is no message, and zsh asks caro-hook.)"""


class RequestFifo:
    def __init__(
        self, folder: Path, dispatcher: Dispatcher, record: PromptRecord, before: Callable[[], None]
    ) -> None:
        self.folder = folder
        self.dispatcher = dispatcher
        self.record = record
        self.before = before
        self.fd = -1
        self.rest = b""

    def open(self, loop: asyncio.AbstractEventLoop) -> None:
        make_private_folder(self.folder)
        path = self.folder / "requests"
        try:
            if not stat.S_ISFIFO(path.lstat().st_mode):
                path.unlink()
        except FileNotFoundError:
            pass
        if not path.exists():
            os.mkfifo(path, 0o600)
        # Read *and* write: with a reader alone, the end of the last writer would be an end of file for ever.
        self.fd = os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOFOLLOW)
        loop.add_reader(self.fd, self.read)

    def close(self, loop: asyncio.AbstractEventLoop) -> None:
        if self.fd >= 0:
            loop.remove_reader(self.fd)
            os.close(self.fd)
            self.fd = -1
            (self.folder / "requests").unlink(missing_ok=True)
            self.forbid_plain()

    def allow_plain(self, config_mtime_ns: int) -> None:
        """Shells may let plain lines through until the configuration is newer than this."""
        if self.fd >= 0:
            mark = self.folder / plain_mark()
            mark.touch(0o600)
            os.utime(mark, ns=(config_mtime_ns, config_mtime_ns))

    def forbid_plain(self) -> None:
        for mark in self.folder.glob("plain.*"):
            mark.unlink(missing_ok=True)

    def read(self) -> None:
        """Handles what has come; nothing where nothing did."""
        if self.fd < 0:
            return
        try:
            data = self.rest + os.read(self.fd, 65536)
        except BlockingIOError:
            return
        *lines, self.rest = data.split(b"\n")
        if len(self.rest) > ATOMIC_BYTES:
            self.rest = b""
        for line in lines:
            self._answer(line)

    def _answer(self, line: bytes) -> None:
        self.before()
        try:
            request = parse_request(line)
            if request.type != "preexec" or not is_session_id(request.session):
                raise WireError("only preexec of a session comes through the FIFO", request.id)
            fields = self.dispatcher.handle(request)
        except WireError:
            self.dispatcher.counts["refused"] += 1
            return
        if request.told:
            self.record.take(request)
        if not isinstance(fields, dict):
            return
        session = self.dispatcher.sessions.get(request.session)
        if "notice" in fields and session is not None:
            session.notice = ""  # caro-hook, which zsh calls now, says it
        runs = fields["action"] == "allow" and not {"partial", "notice", "looking"} & fields.keys()
        digit = 0 if runs and self.record.take(request) else 1
        if not request.is_stale(time.time_ns() // 1000):
            self._reply(request, digit)

    def _reply(self, request: Request, digit: int) -> None:
        path = self.folder / str(request.session)
        try:
            fd = os.open(path, os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOFOLLOW)
        except OSError:
            return
        try:
            if stat.S_ISFIFO(os.fstat(fd).st_mode):
                os.write(fd, b"%d %d\n" % (request.seq, digit))
        except OSError:
            pass
        finally:
            os.close(fd)
