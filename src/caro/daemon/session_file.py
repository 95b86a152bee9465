"""The file in which a session's line waits for its end: the twin of native/hook/session_file.c.

docs/wire.md, section 4, has the format and the rules. Whoever handles a call holds the lock; the number of the
last line decides who came too late.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from caro.record.writer import append_line


@dataclass
class SessionFile:
    fd: int
    seq: int = 0
    start_us: int = 0
    pid: int = 0
    waiting: bytes | None = None
    """The event without its closing brace."""
    size: int = 0
    """Bytes of the file."""

    def put(self, seq: int, start_us: int, pid: int, waiting: bytes | None) -> None:
        data = b"1 %d %d %d\n" % (seq, start_us, pid) + (waiting or b"")
        os.pwrite(self.fd, data, 0)
        if len(data) < self.size:
            os.ftruncate(self.fd, len(data))
        self.seq, self.start_us, self.pid, self.waiting, self.size = seq, start_us, pid, waiting, len(data)


def parse(fd: int, data: bytes) -> SessionFile:
    head, _, waiting = data.partition(b"\n")
    words = head.split()
    if len(words) != 4 or words[0] != b"1" or not all(word.isdigit() for word in words):
        return SessionFile(fd, size=len(data))
    seq, start_us, pid = (int(word) for word in words[1:])
    return SessionFile(fd, seq, start_us, pid, waiting if waiting.startswith(b"{") else None, len(data))


@contextmanager
def locked(file: Path, create: bool = True) -> Iterator[SessionFile]:
    """Open and lock; raise OSError, BlockingIOError where somebody else is at it right now."""
    flags = os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK | (os.O_CREAT if create else 0)
    try:
        fd = os.open(file, flags, 0o600)
    except FileNotFoundError:
        if not create:
            raise
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        fd = os.open(file, flags, 0o600)
    try:
        # Never waits: the loop that serves every shell stands still while we do.
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield parse(fd, _read_all(fd))
    finally:
        os.close(fd)


def _read_all(fd: int) -> bytes:
    parts = []
    while part := os.read(fd, 1 << 18):
        parts.append(part)
    return b"".join(parts)


def completed(waiting: bytes, exit_code: int | None, duration_ms: float | None) -> bytes:
    """Return the whole line of the log."""
    line = waiting
    if exit_code is not None:
        line += b',"exit_code":%d' % exit_code
    if duration_ms is not None:
        line += b',"duration_ms":%.3f' % duration_ms
    return line + b"}\n"


def wanted(capture: str, exit_code: int | None) -> bool:
    return capture == "commands" or (capture == "errors" and bool(exit_code))


def complete(
    file: SessionFile, log: Path, capture: str, exit_code: int | None, duration_ms: float | None
) -> None:
    """Append the waiting event, if there is one; raise OSError."""
    if file.waiting is not None:
        append_waiting(file, log, capture, exit_code, duration_ms)
        file.put(file.seq, 0, file.pid, None)


def append_waiting(
    file: SessionFile, log: Path, capture: str, exit_code: int | None, duration_ms: float | None
) -> None:
    """The same, for who puts another event there at once; raise OSError."""
    if file.waiting is not None and wanted(capture, exit_code):
        append_line(log, completed(file.waiting, exit_code, duration_ms))


def sweep(folder: Path, log: Path, capture: str) -> int:
    """Complete the lines of shells that are gone, their end unknown, and remove their files; return how many."""
    files = list(folder.iterdir()) if folder.is_dir() else []
    return sum(finish(path, log, capture) for path in files)


def finish(path: Path, log: Path, capture: str, surely_gone: bool = False) -> bool:
    """The same for one session's file; False where its shell lives, or somebody is at the file. A shell that nobody
    has waited for yet (a zombie) looks alive: whoever knows better says so."""
    try:
        with locked(path, create=False) as file:
            if not surely_gone and not is_gone(file.pid):
                return False
            complete(file, log, capture, None, None)
            path.unlink(missing_ok=True)
            return True
    except OSError:
        return False


def is_gone(pid: int) -> bool:
    if pid <= 0:
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        pass
    return False
