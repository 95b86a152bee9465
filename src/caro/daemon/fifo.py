"""zsh's and bash's way without a process: requests through one FIFO, a digit back through the session's own.

A FIFO doesn't tell who writes: the folder is 0700 and checked, that is the guarantee. Only a line that simply
runs is answered with 0 and recorded here; for anything else zsh calls caro-hook, which shows and asks.
"""

from __future__ import annotations

import asyncio
import os
import stat
import time
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any

from caro.daemon.dispatch import Dispatcher
from caro.daemon.in_time import answer_in_time
from caro.daemon.listen import make_private_folder
from caro.daemon.prompt_record import PromptRecord
from caro.daemon.session_fifos import SessionFifos
from caro.daemon.sessions import is_session_id
from caro.daemon.shown_rows import shown_rows
from caro.plain import plain_mark
from caro.wire import Request, WireError, parse_request

ATOMIC_BYTES = 4096
"""PIPE_BUF of Linux: a shorter write is never mixed with another's. (macOS has 512, and mixes no writes of one
page in practice; what is mixed all the same is no message, and zsh asks caro-hook.)"""


ROWS_BYTES = 3000
"""Of rows that a shell is sent, so that they come whole."""
ROW_END = "\x1f"
"""Between them: a newline ends an answer."""


class RequestFifo:
    def __init__(
        self, folder: Path, dispatcher: Dispatcher, record: PromptRecord, before: Callable[[], None]
    ) -> None:
        self.folder = folder
        self.dispatcher = dispatcher
        self.record = record
        self.before = before
        self.of_sessions = SessionFifos(folder, self._take_told)
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
            self.of_sessions.close()
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
        self.of_sessions.read()
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
            if request.type not in ("preexec", "postexec") or not is_session_id(request.session):
                raise WireError("only preexec and postexec of a session come through the FIFO", request.id)
            if request.type == "postexec":
                self._take_end(request)
                return
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
            self._reply(request, b"%d" % digit)

    def _take_end(self, request: Request) -> None:
        fields = self.dispatcher.handle(request)
        self.record.end(request)
        if isinstance(fields, Future):
            answer_in_time(request, fields, lambda told: self._tell_end(request, told))
        elif fields is not None:
            self._tell_end(request, fields)

    def _tell_end(self, request: Request, told: dict[str, Any]) -> None:
        """Send what the shell shows of a line that ended: 0 nothing, 2 the rows behind it, 3 and 4 the same, and more
        comes later; 1: caro-hook has to show it."""
        rows = ROW_END.join(shown_rows(told, request.color)).encode("utf-8", "replace")
        session = self.dispatcher.sessions.get(request.session)
        if session is not None and ("notify" in told or len(rows) > ROWS_BYTES):
            session.ended = request.seq, told
            self._reply(request, b"e1")
        else:
            later = "partial" in told
            self._reply(request, b"e%d" % ((4 if later else 2) if rows else 3 if later else 0) + rows)

    def _take_told(self, session: str, line: bytes) -> None:
        """Handle what came through the session's own FIFO: a line that runs already."""
        self.before()
        try:
            request = parse_request(line)
            if request.type != "preexec" or not request.told or request.session != session:
                raise WireError("only lines that were let run come through a session's FIFO", request.id)
            known = self.dispatcher.sessions.get(session)
            # One that was not taken in time was recorded by caro-hook, and lines were typed since.
            if known is not None and known.seq < request.seq:
                self.dispatcher.handle(request)
                self.record.take(request)
        except WireError:
            self.dispatcher.counts["refused"] += 1

    def _reply(self, request: Request, answer: bytes) -> None:
        path = self.folder / str(request.session)
        try:
            fd = os.open(path, os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOFOLLOW)
        except OSError:
            return
        try:
            if stat.S_ISFIFO(os.fstat(fd).st_mode):
                os.write(fd, b"%d %s\n" % (request.seq, answer))
        except OSError:
            pass
        finally:
            os.close(fd)
