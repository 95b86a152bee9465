"""Follows a log that grows, across rotation, truncation and a new beginning."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from caro.model import Event
from caro.record.reader import (
    BadLines,
    Cursor,
    LogFile,
    Snapshot,
    decode_line,
    log_names,
    open_log_file,
    place_line,
    scan_file,
)

POLL = 0.1
GRACE = 10.0
"""Seconds in which a writer that had opened a file before it was rotated is still listened to."""


@dataclass
class _Open:
    """A file that is followed: how far it was read, and a last line that has no newline yet."""

    fd: int
    inode: int
    offset: int = 0
    rest: bytes = b""
    until: float = field(default=float("inf"))


class Follower:
    """Give the events that are appended from now on; a context manager.

    The open descriptor keeps the inode from being used again, so a new inode at the path is a new file.
    """

    def __init__(self, log: Path, bad: BadLines | None = None) -> None:
        self.log = log
        self.bad = BadLines() if bad is None else bad
        self._old: list[_Open] = []
        self._current: _Open | None = None

    @classmethod
    def at_end(cls, snapshot: Snapshot, bad: BadLines | None = None) -> Follower:
        """One that begins where the snapshot ends, at the start of a line."""
        follower = cls(snapshot.log, bad)
        last = snapshot.files[-1] if snapshot.files else None
        if last is not None and last.path == snapshot.log and not last.compressed:
            follower._current = _Open(os.dup(last.fd), last.inode, _end_of_lines(last))
        return follower

    def __enter__(self) -> Follower:
        return self

    def __exit__(self, *_: object) -> None:
        for file in [*self._old, *([self._current] if self._current else [])]:
            os.close(file.fd)
        self._old, self._current = [], None

    def read_new(self) -> list[Event]:
        """Return what was appended since the last call; never wait."""
        events = self._drain_old()
        if self._current is not None:
            events += self._drain(self._current)
        while (moved := self._switch()) is not None:
            events += moved
        return events

    def follow(self, poll: float = POLL) -> Iterator[list[Event]]:
        """Batches of new events as they come, an empty one about every `poll` seconds in between."""
        while True:
            events = self.read_new()
            yield events
            if not events:
                time.sleep(poll)

    def _switch(self) -> list[Event] | None:
        """Goes over to the file that stands at the path now; None where it is the one that is read."""
        try:
            inode = self.log.stat().st_ino
        except FileNotFoundError:
            return None
        current = self._current
        if current is not None and current.inode == inode:
            return None
        events = self._between(inode) if current is not None else []
        file = open_log_file(self.log)
        if file is None:
            return events
        if current is not None:
            current.until = time.monotonic() + GRACE
            self._old.append(current)
        self._current = _Open(file.fd, file.inode)
        return events + self._drain(self._current)

    def _between(self, live: int) -> list[Event]:
        """Events of files that were rotated in and out since the last look."""
        assert self._current is not None
        known = {self._current.inode, live, *(old.inode for old in self._old)}
        events: list[Event] = []
        met = False
        for name in log_names(self.log):
            file = open_log_file(name)
            if file is None:
                continue
            try:
                if file.inode == self._current.inode:
                    met = True
                elif met and file.inode not in known:
                    events += [event for _, _, event in scan_file(file, self.bad, Cursor())]
            finally:
                os.close(file.fd)
        return events

    def _drain_old(self) -> list[Event]:
        events: list[Event] = []
        now = time.monotonic()
        for file in self._old:
            events += self._drain(file)
            if now > file.until:
                os.close(file.fd)
        self._old = [file for file in self._old if now <= file.until]
        return events

    def _drain(self, file: _Open) -> list[Event]:
        if os.fstat(file.fd).st_size < file.offset:
            # Truncated: what is there now is new.
            file.offset, file.rest = 0, b""
        events: list[Event] = []
        while data := os.pread(file.fd, 1 << 18, file.offset):
            file.offset += len(data)
            *lines, file.rest = (file.rest + data).split(b"\n")
            for line in lines:
                events += self._read_line(line)
        return events

    def _read_line(self, line: bytes) -> list[Event]:
        event = decode_line(line)
        if event is not None:
            return [event]
        if line.isspace() or not line:
            return []
        self.bad.add(str(self.log), 0)
        return [event for _, _, event in place_line(0, line)]


def _end_of_lines(file: LogFile) -> int:
    """Behind the last newline."""
    end = file.size
    while end > 0:
        start = max(0, end - (1 << 16))
        at = os.pread(file.fd, end - start, start).rfind(b"\n")
        if at >= 0:
            return start + at + 1
        end = start
    return 0
