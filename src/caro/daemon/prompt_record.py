"""Records the lines of sessions that have no caro-hook to do it: those that zsh sends through the FIFO."""

from __future__ import annotations

import os
import pwd
import socket
import sys
import time
from pathlib import Path

from caro.daemon import session_file
from caro.daemon.redaction import Redactor
from caro.daemon.session_fifos import session_of
from caro.model import SCHEMA_VERSION, Event
from caro.paths import Paths
from caro.record import uuid7
from caro.record.times import format_ts
from caro.record.writer import encode_event
from caro.settings import Settings, log_file
from caro.wire import Request


class PromptRecord:
    def __init__(self, settings: Settings, paths: Paths, redact: Redactor) -> None:
        self.paths = paths
        self.redact = redact
        self.folder = paths.state / "sessions"
        self.host = socket.gethostname()
        try:
            self.user: str | None = pwd.getpwuid(os.geteuid()).pw_name
        except KeyError:
            self.user = None
        self.use(settings)

    def use(self, settings: Settings) -> None:
        self.log = log_file(settings, self.paths)
        self.capture = str(settings["privacy.capture"])

    def take(self, request: Request) -> bool:
        """Completes the last line and lets this one wait; False: caro-hook shall do it."""
        log = Path(request.log) if request.log and request.log.startswith("/") else self.log
        try:
            with session_file.locked(self.folder / str(request.session)) as file:
                if request.seq <= file.seq:
                    return False
                last = request.last
                code, duration = (last.exit_code, last.duration_ms) if last else (None, None)
                start_us = request.sent if request.told and request.sent else time.time_ns() // 1000
                waiting = None if self.capture == "none" else self._event(request, start_us)
                session_file.append_waiting(file, log, self.capture, code, duration)
                file.put(request.seq, start_us, request.pid, waiting)
        except OSError:
            return False
        return True

    def end(self, request: Request) -> None:
        """Complete the line that the request tells the end of; where that can't be done the next line does."""
        try:
            with session_file.locked(self.folder / str(request.session), create=False) as file:
                if request.seq == file.seq:
                    code, duration = request.exit_code, request.duration_ms
                    session_file.complete(file, self.log, self.capture, code, duration)
        except OSError:
            pass

    def _event(self, request: Request, start_us: int) -> bytes:
        event = Event(
            v=SCHEMA_VERSION,
            id=uuid7.new(start_us // 1000),
            kind="line",
            source="prompt",
            ts=format_us(start_us),
            session_id=request.session,
            text=self.redact(request.typed or request.line),
            cwd=request.cwd,
            pid=request.pid or None,
            user=self.user,
            host=self.host,
            platform=sys.platform,
            mode="interactive",
            tty=request.tty,
            agent=request.agent,
        )
        return encode_event(event)[:-2]

    def finish(self, session: str) -> None:
        """The session's shell has ended without a word."""
        session_file.finish(self.folder / session, self.log, self.capture, surely_gone=True)
        (self.paths.state / "fifo" / session).unlink(missing_ok=True)

    def sweep(self) -> int:
        """Do the same for all whose end nobody saw; return how many."""
        swept = session_file.sweep(self.folder, self.log, self.capture)
        fifos = self.paths.state / "fifo"
        for fifo in list(fifos.iterdir()) if fifos.is_dir() else []:
            # caro-hook makes the session's file first.
            session = session_of(fifo.name)
            if session is not None and not (self.folder / session).exists():
                fifo.unlink(missing_ok=True)
        return swept


def format_us(microseconds: int) -> str:
    from datetime import UTC, datetime

    return format_ts(datetime.fromtimestamp(microseconds / 1e6, UTC))
