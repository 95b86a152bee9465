"""Keeps the files of typed lines that caro-pick searches: one of all, made by a process aside, one of the newest.

The log alone is read: what it has not yet, the line that each session ran last, stands in that session's file.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from caro.errors import CaroError
from caro.model import Event
from caro.paths import Paths
from caro.record.line_table import LineTable
from caro.record.lines_build import add_line, drop_lines
from caro.record.lines_file import Cursor, read_cursor
from caro.record.lock import log_lock
from caro.record.reader import decode_line
from caro.settings import Settings

NEWEST_MAX = 1000
"""Lines in the file of the newest, above which the file of all is made anew."""
READ_MAX = 16 << 20
"""Bytes of the log behind that file, above which it is made anew too."""


class TypedLines:
    """The two files, for as long as the daemon lives; nothing while `shell.pick` is off."""

    def __init__(self, paths: Paths, env: Mapping[str, str], note: Callable[[str], None]) -> None:
        self.paths = paths
        self.env = env
        self.note = note
        """Called with why the files could not be kept."""
        self.log = Path()
        self.on = False
        self._ignores_space = True
        self._cursor: Cursor | None = None
        self._made: tuple[int, int] | None = None
        self._table = LineTable()
        self._written: tuple[int, bytes] = (0, b"")
        self._newest: tuple[int, int] | None = None
        self._building: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()

    def use(self, settings: Settings, log: Path) -> None:
        """Take the configuration up."""
        with self._lock:
            self._use(settings, log)

    def _use(self, settings: Settings, log: Path) -> None:
        on = bool(settings["shell.pick"]) and settings["privacy.capture"] != "none"
        if not on and (self.paths.lines.exists() or self.paths.newest_lines.exists()):
            with contextlib.suppress(CaroError, OSError):
                drop_lines(self.paths)
        ignores_space = bool(settings["privacy.ignore_space"])
        if ignores_space != self._ignores_space:
            self._made = None  # what is in memory was read for the other configuration
        self.on, self.log, self._ignores_space = on, log, ignores_space

    def refresh(self, settled: bool = False) -> None:
        """Write down what was typed since the last time; `settled`: whoever makes the file of all may be started.

        Takes milliseconds: for a thread, but where a search waits for it.
        """
        with self._lock:
            self._refresh(settled)

    def _refresh(self, settled: bool) -> None:
        if not self.on or self._is_building():
            return
        try:
            if not self._is_current():
                if settled:
                    self._build()
                return
            self._read_log()
            self._write_newest()
        except (OSError, CaroError) as error:
            self.note(str(error))

    def _is_building(self) -> bool:
        if self._building is None or self._building.poll() is None:
            return self._building is not None
        if self._building.returncode:
            self.note(f"the file of typed lines was not made: status {self._building.returncode}")
        self._building = None
        return False

    def _build(self) -> None:
        words = [sys.executable, "-m", "caro.record.lines_build", str(self.log)]
        words += [] if self._ignores_space else ["--with-blank"]
        self._building = subprocess.Popen(
            words,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**self.env, "CARO_DISABLE": "1"},
            cwd="/",
        )

    def _is_current(self) -> bool:
        """True if the file of all is there, and the log goes on where it ends."""
        made = _identity(self.paths.lines)
        if made is None:
            return False
        if _time(self.paths.imported) > _time(self.paths.lines):
            return False
        newest = _identity(self.paths.newest_lines)
        # Whoever takes lines out of the log removes the file of the newest: what is in memory is no longer true.
        if made != self._made or newest != self._newest:
            self._made, self._newest = made, newest
            self._cursor = read_cursor(self.paths.lines, self._ignores_space)
            self._table, self._written = LineTable(self._ignores_space), (-1, b"")
        log = _identity(self.log)
        if self._cursor is None:
            return False
        if log is None:
            return self._cursor == Cursor()
        if self._cursor == Cursor():
            self._cursor = Cursor(log[1], 0)
        with contextlib.suppress(OSError):
            size = self.log.stat().st_size
            return (
                self._cursor.inode == log[1]
                and 0 <= size - self._cursor.offset <= READ_MAX
                and len(self._table) <= NEWEST_MAX
            )
        return False

    def _read_log(self) -> None:
        assert self._cursor is not None
        with contextlib.suppress(FileNotFoundError), self.log.open("rb") as stream:
            stream.seek(self._cursor.offset)
            offset = self._cursor.offset
            for line in stream:
                if not line.endswith(b"\n"):
                    break
                offset += len(line)
                add_line(self._table, line)
            self._cursor = Cursor(self._cursor.inode, offset)

    def _write_newest(self) -> None:
        table = self._table
        waiting = list(_waiting(self.paths.state / "sessions"))
        if waiting:
            table = table.copy()
            for event in waiting:
                table.add(event)
        state = (self._table.events, b"".join((event.id + (event.text or "")).encode() for event in waiting))
        if state == self._written:
            return
        with log_lock(self.paths.lines, wait=False) as held:
            # Somebody takes lines out, or makes the file of all: the next time will do.
            if not held or _identity(self.paths.lines) != self._made:
                return
            if _identity(self.paths.newest_lines) != self._newest:
                return
            _put(self.paths.newest_lines, table.encode())
            self._written, self._newest = state, _identity(self.paths.newest_lines)

    def stop(self) -> None:
        """End the process that makes the file, if one is at it, and start none any more."""
        with self._lock:
            self.on = False
            if self._building is not None and self._building.poll() is None:
                self._building.terminate()


def _identity(file: Path) -> tuple[int, int] | None:
    try:
        status = os.stat(file)
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _time(file: Path) -> int:
    try:
        return os.stat(file).st_mtime_ns
    except OSError:
        return 0


def _put(file: Path, content: bytes) -> None:
    """Replace the file by rename. It is made of the log, so that no disk is waited for."""
    aside = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW
        with open(os.open(aside, flags, 0o600), "wb") as stream:
            stream.write(content)
        aside.replace(file)
    finally:
        aside.unlink(missing_ok=True)


def _waiting(folder: Path) -> Iterator[Event]:
    """Yield the lines whose end nobody has told yet, as the sessions' files have them."""
    with contextlib.suppress(OSError):
        for file in sorted(folder.iterdir()):
            with contextlib.suppress(OSError):
                _, _, waiting = file.read_bytes().partition(b"\n")
                event = decode_line(waiting + b"}") if waiting.startswith(b"{") else None
                if event is not None:
                    yield event
