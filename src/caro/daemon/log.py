"""The daemon's own log: one JSON object a line, no typed text ever, rotated by rename, 0600."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from caro.daemon.redaction import Redactor

ROTATE_BYTES = 1 << 20
KEPT = 3


class DaemonLog:
    """Never raises: a log that can't be written is no reason to leave shells without answers."""

    def __init__(self, file: Path, redact: Redactor) -> None:
        self.file = file
        self.redact = redact

    def write(self, event: str, **fields: Any) -> None:
        now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        clean = {
            name: self.redact(value) if isinstance(value, str) else value for name, value in fields.items()
        }
        line = json.dumps({"ts": now, "pid": os.getpid(), "event": event, **clean}) + "\n"
        try:
            self._append(line.encode("utf-8", "backslashreplace"))
        except OSError:
            pass

    def _append(self, line: bytes) -> None:
        self.file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        if self.file.exists() and self.file.stat().st_size > ROTATE_BYTES:
            self._rotate()
        fd = os.open(self.file, flags, 0o600)
        try:
            os.write(fd, line)
        finally:
            os.close(fd)

    def _rotate(self) -> None:
        for number in range(KEPT - 1, 0, -1):
            older = self.file.with_name(f"{self.file.name}.{number}")
            if older.exists():
                older.replace(self.file.with_name(f"{self.file.name}.{number + 1}"))
        self.file.replace(self.file.with_name(f"{self.file.name}.1"))
