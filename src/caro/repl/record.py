"""What the custom shell writes into the log: the lines of scripts, and what built-ins changed."""

from __future__ import annotations

import contextlib
import os
import pwd
import socket
import sys
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from caro.daemon.redaction import Redactor
from caro.model import SCHEMA_VERSION, Event
from caro.paths import Paths
from caro.record import uuid7
from caro.record.times import format_ts
from caro.record.writer import write_event
from caro.settings import Settings, log_file

if TYPE_CHECKING:
    from caro.repl.changes import Change


class Record:
    """Writes events of one session. A log that can't be written changes nothing for who runs commands."""

    def __init__(
        self,
        settings: Settings,
        paths: Paths,
        session: str,
        agent: str | None = None,
        interactive: bool = False,
    ) -> None:
        self.log = log_file(settings, paths)
        self.session = session
        self._agent = agent
        self._mode = "interactive" if interactive else "noninteractive"
        self._redact = Redactor(settings)
        self._wanted = settings["privacy.capture"] == "commands"
        self._host = socket.gethostname()
        try:
            self._user: str | None = pwd.getpwuid(os.geteuid()).pw_name
        except KeyError:
            self._user = None

    def session_event(self, shell: str, pid: int | None = None) -> None:
        """Write that the session began."""
        self._write(self._event("session", command=shell, pid=pid))

    def line(self, text: str, cwd: str | None, exit_code: int | None = None) -> str:
        """Write a line that was handed to the shell; return its event's id."""
        event = self._event("line", text=self._redact(text), cwd=cwd, exit_code=exit_code)
        self._write(event)
        return event.id

    def builtins(
        self,
        changes: Iterable[Change],
        line_id: str | None,
        cwd: str | None,
        pid: int | None = None,
        exit_code: int | None = None,
        at: datetime | None = None,
    ) -> None:
        """Write one `builtin` event for each change. Values are no part of them (changes.py). `at` is when the line
        that made them had ended; None: now."""
        for change in changes:
            argv = [self._redact(word) for word in change.argv]
            self._write(
                self._event(
                    "builtin", command=change.argv[0], argv=argv, line_id=line_id, cwd=cwd, pid=pid,
                    file=change.file, env_diff=list(change.variables) or None, exit_code=exit_code, at=at,
                )
            )  # fmt: skip

    def _event(self, kind: str, at: datetime | None = None, **fields: object) -> Event:
        return Event(
            v=SCHEMA_VERSION,
            id=uuid7.new(),
            kind=kind,
            source="repl",
            ts=format_ts(at or datetime.now(UTC)),
            session_id=self.session,
            user=self._user,
            host=self._host,
            platform=sys.platform,
            mode=self._mode,
            agent=self._agent,
            **fields,  # type: ignore[arg-type]
        )

    def _write(self, event: Event) -> None:
        if self._wanted:
            with contextlib.suppress(OSError):
                write_event(self.log, event)


def inherited_session(env: Mapping[str, str]) -> str | None:
    """Return the session that a `caro run` above made; None where a script begins one of its own."""
    session = env.get("CARO_RUN", "")
    return session if session and session == env.get("CARO_SESSION_ID") else None
