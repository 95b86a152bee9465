"""The log as a queue: batches of whole lines with borders that do not move, oldest file first.

A batch ends where a line crosses a multiple of `BLOCK` bytes of the file's plain text, or at the end of what is
written. The second kind is noted before it is sent (`State.pending`): after a crash the same bytes are cut again,
so that the server can tell that it has them. Each file has a `Mark`; compression, which changes a file's inode and
not its text, and erasure, which changes both, are seen through by the id of the event that was taken last.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import BinaryIO

from caro.model import Event
from caro.outbox.state import Mark, Pending, State
from caro.record.reader import MAX_LINE, LogFile, Snapshot, decode_line, recover

BLOCK = 2 << 20


@dataclass
class Batch:
    """Events of one stretch of one file, and the mark that stands once they have arrived."""

    events: list[Event]
    unreadable: int
    after: Mark
    start: int
    lines: int = 0

    @property
    def pending(self) -> Pending:
        return Pending(self.after.dev, self.after.ino, self.start, self.after.offset)


class Queue:
    """What of a log has not been taken; one for a whole run, since it keeps the file that it reads open."""

    def __init__(self, snapshot: Snapshot, state: State) -> None:
        self.state = state
        self._snapshot = snapshot
        self._stream: tuple[int, BinaryIO, int] | None = None
        self._nothing: dict[int, int] = {}
        self.follow(snapshot)

    def follow(self, snapshot: Snapshot) -> None:
        """Look at the files anew: the log may have been rotated, compressed or erased from."""
        self._close()
        if snapshot is not self._snapshot:
            self._snapshot.close()
        self._snapshot = snapshot
        self.state.marks = _marks_of(snapshot.files, self.state.marks)
        self._nothing = {}

    def close(self) -> None:
        self._close()
        self._snapshot.close()

    def __enter__(self) -> Queue:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def next_batch(self) -> Batch | None:
        """Return the next stretch, or None where every whole line was taken."""
        for file, mark in zip(self._snapshot.files, self.state.marks, strict=True):
            if mark.whole:
                continue
            size = os.fstat(file.fd).st_size
            if self._nothing.get(file.inode) == size or (not file.compressed and mark.offset >= size):
                continue
            batch = self._cut(file, mark)
            if batch is not None:
                return batch
            self._nothing[file.inode] = size
            if file.compressed:
                mark.whole = True
        return None

    def take(self, batch: Batch) -> None:
        """Move the mark past a batch that has arrived."""
        for number, mark in enumerate(self.state.marks):
            if (mark.dev, mark.ino) == (batch.after.dev, batch.after.ino):
                self.state.marks[number] = batch.after
        self.state.pending = None

    def left(self) -> int:
        """Return how many bytes of the disk hold what was not taken; a compressed file counts whole."""
        return sum(_left(*each) for each in zip(self._snapshot.files, self.state.marks, strict=True))

    def drop_oldest(self, most: int) -> int:
        """Pass over the oldest until at most `most` bytes are left; return how many lines went."""
        dropped = 0
        pairs = list(zip(self._snapshot.files, self.state.marks, strict=True))
        for number, (file, mark) in enumerate(pairs):
            surplus = self.left() - most
            if surplus <= 0:
                break
            here = _left(file, mark)
            if here:
                whole = here <= surplus or (file.compressed and number < len(pairs) - 1)
                dropped += self._skip(file, mark, None if whole else mark.offset + surplus)
        if dropped:
            self.state.pending = None
        return dropped

    def _skip(self, file: LogFile, mark: Mark, until: int | None) -> int:
        """Move a mark to the first line at or above `until` (None: the end of what is whole); count the lines."""
        stream = self._at(file, mark.offset)
        lines, offset = 0, mark.offset
        while until is None or offset < until:
            data = stream.read(BLOCK if until is None else min(BLOCK, until - offset))
            data += stream.readline(MAX_LINE) if data and not data.endswith(b"\n") else b""
            whole = data.rfind(b"\n") + 1
            if not whole:
                break
            lines += data.count(b"\n", 0, whole) - _blank_lines(data[:whole])
            offset += whole
            if whole < len(data):
                break
        mark.offset, mark.last_id, mark.last_len = offset, "", 0
        mark.whole = file.compressed and until is None
        self._close()
        return lines

    def _cut(self, file: LogFile, mark: Mark) -> Batch | None:
        data = self._read(file, mark)
        if not data:
            return None
        events: list[Event] = []
        after = Mark(mark.dev, mark.ino, mark.offset + len(data), mark.last_at, mark.last_len, mark.last_id,
                     mark.packed)  # fmt: skip
        unreadable, at, lines = 0, mark.offset, 0
        for line in data.splitlines(keepends=True) if b"\r" not in data else _lines(data):
            event = decode_line(line)
            if event is not None:
                events.append(event)
                after.last_at, after.last_len, after.last_id = at, len(line), event.id
            elif not line.isspace():
                found, torn = recover(line)
                events += [each for _, _, each in found]
                unreadable += torn
            at += len(line)
            lines += 1
        return Batch(events, unreadable, after, mark.offset, lines)

    def _read(self, file: LogFile, mark: Mark) -> bytes:
        """Return the next stretch of whole lines."""
        pending = self.state.pending
        stream = self._at(file, mark.offset)
        end = (mark.offset // BLOCK + 1) * BLOCK
        if pending and (pending.dev, pending.ino, pending.start) == (mark.dev, mark.ino, mark.offset):
            end = pending.end
        data = stream.read(end - mark.offset)
        if data and not data.endswith(b"\n"):
            data += stream.readline(MAX_LINE)
        # What lacks its newline may still be written to; a line that long is nobody's event.
        data = data[: data.rfind(b"\n") + 1] or (data if len(data) >= MAX_LINE else b"")
        self._stream = (file.inode, stream, mark.offset + len(data))
        if data and stream.tell() != mark.offset + len(data):
            self._close()
        return data

    def _at(self, file: LogFile, offset: int) -> BinaryIO:
        """Return the plain text of a file at an offset; the stream is kept, since seeking in a compressed one reads
        all before."""
        if self._stream is not None and self._stream[0] == file.inode and self._stream[2] == offset:
            return self._stream[1]
        self._close()
        stream = file.stream()
        if offset:
            stream.seek(offset)
        self._stream = (file.inode, stream, offset)
        return stream

    def _close(self) -> None:
        if self._stream is not None:
            self._stream[1].close()
            self._stream = None


def _lines(data: bytes) -> list[bytes]:
    return [line + b"\n" for line in data.split(b"\n")[:-1]]


def _blank_lines(data: bytes) -> int:
    """Return how many lines are what erasure left."""
    return sum(line.isspace() for line in data.splitlines(keepends=True)) if b"    \n" in data else 0


def _left(file: LogFile, mark: Mark) -> int:
    if mark.whole:
        return 0
    return file.size if file.compressed else max(0, os.fstat(file.fd).st_size - mark.offset)


def _marks_of(files: list[LogFile], known: list[Mark]) -> list[Mark]:
    """Return a mark for each file, in the files' order: its own, or that of what it was before, or a new one."""
    orphans = list(known)
    found: list[Mark | None] = []
    for file in files:
        mark = next((mark for mark in orphans if _is_of(mark, file)), None)
        found.append(mark)
        if mark is not None:
            orphans.remove(mark)
    marks = []
    for file, mark in zip(files, found, strict=True):
        if mark is None:
            mark = _moved(file, orphans)
        marks.append(mark)
    return marks


def _is_of(mark: Mark, file: LogFile) -> bool:
    """True if a mark is this file's: the same inode, and what was taken last still stands there or was erased."""
    status = os.fstat(file.fd)
    if (mark.dev, mark.ino) != (status.st_dev, file.inode):
        return False
    if file.compressed:
        return mark.packed == file.size
    if mark.packed or status.st_size < mark.offset:
        return False
    stands = os.pread(file.fd, mark.last_len, mark.last_at)
    return not mark.last_id or stands.isspace() or _needle(mark.last_id) in stands


def _needle(event_id: str) -> bytes:
    return f'"id":"{event_id}"'.encode()


def _moved(file: LogFile, orphans: list[Mark]) -> Mark:
    """Return the mark of a file that has an inode of which nothing is known; takes the orphan that it was."""
    fresh = Mark(os.fstat(file.fd).st_dev, file.inode, packed=file.size if file.compressed else 0)
    sought = {_needle(mark.last_id): mark for mark in orphans if mark.last_id}
    if not sought:
        return fresh
    offset = 0
    with file.stream() as stream:
        for line in iter(lambda: stream.readline(MAX_LINE), b""):
            at = line.find(b'"id":"')
            needle = line[at : line.find(b'"', at + 6) + 1] if at >= 0 else b""
            if needle in sought:
                was = sought[needle]
                if was in orphans:
                    orphans.remove(was)
                fresh.last_at, fresh.last_len, fresh.last_id = offset, len(line), was.last_id
                fresh.offset = offset + len(line)
            offset += len(line)
    return fresh
