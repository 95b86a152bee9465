"""Read the log: plain, rotated, gzip and zstd files, as a stream of events in the order they were written.

What can't be read is counted and remembered by line number, never raised: a log has many writers, and one
torn line must not hide the rest. A line is unreadable where it is no whole event of schema version 1.
"""

from __future__ import annotations

import io
import os
import re
import stat
import time
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, cast

import msgspec

from caro.errors import CaroError
from caro.model import SCHEMA_VERSION, Event
from caro.record.times import CANONICAL, canonical_ts

RECORD_START = b'{"v":1,'
MAX_LINE = 16 << 20
"""Longer lines are foreign: argv is capped at 32 KiB. The cap keeps memory constant on a binary file."""
REMEMBERED_LINES = 100
_NAME = re.compile(r"\.(\d+)(?:\.(?:gz|zst))?")
_decode = msgspec.json.Decoder(Event).decode
_is_canonical = CANONICAL.fullmatch


@dataclass
class BadLines:
    """How many lines could not be read, and where the first of them stand (file, line number from 1)."""

    count: int = 0
    where: list[tuple[str, int]] = field(default_factory=list)

    def add(self, path: str, lineno: int, count: int = 1) -> None:
        self.count += count
        if len(self.where) < REMEMBERED_LINES:
            self.where.append((path, lineno))

    def take(self, other: BadLines) -> None:
        """Add what another reading met."""
        self.count += other.count
        self.where += other.where

    def sentence(self) -> str:
        """Return what the user is told, or nothing."""
        if not self.count:
            return ""
        first = f" (first: line {self.where[0][1]} of {self.where[0][0]})" if self.where else ""
        return f"{self.count} line{'s' if self.count > 1 else ''} could not be read{first}"


def decode_line(line: bytes) -> Event | None:
    """Return the event of one line, or None."""
    try:
        event = _decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    if event.v != SCHEMA_VERSION:
        return None
    if _is_canonical(event.ts):
        return event
    ts = canonical_ts(event.ts)
    if ts is None:
        return None
    event.ts = ts
    return event


def recover(line: bytes) -> tuple[list[tuple[int, int, Event]], bool]:
    """Return the whole records in a line that is not one: (offset, length, event) each; and whether a rest is torn.

    A writer that died left a piece without its newline, and the next record follows on the same line. Inside
    a whole record the start of another can't stand: in a JSON string its quotes are escaped.
    """
    starts = [match.start() for match in re.finditer(re.escape(RECORD_START), line)]
    if not starts:
        return [], True
    found: list[tuple[int, int, Event]] = []
    torn = starts[0] > 0
    for start, end in zip(starts, [*starts[1:], len(line)], strict=True):
        event = decode_line(line[start:end])
        if event is None:
            torn = True
        else:
            found.append((start, end - start, event))
    return found, torn


def open_stream(fd: int) -> BinaryIO:
    """Return a stream of the plain bytes of a log file; `fd` is taken over. Content tells the format, not the name."""
    raw = cast(io.BufferedReader, os.fdopen(fd, "rb", buffering=1 << 18))
    magic = raw.peek(4)[:4]
    if magic[:2] == b"\x1f\x8b":
        return _open_gzip(raw)
    if magic == b"\x28\xb5\x2f\xfd":
        return _open_zstd(raw)
    return cast(BinaryIO, raw)


def _open_gzip(raw: io.BufferedReader) -> BinaryIO:
    # Not at the top: most logs have nothing to unpack, and the import takes its time.
    import gzip

    packed = gzip.GzipFile(fileobj=raw, mode="rb")
    # So it closes the file below it too, which it otherwise leaves open.
    packed.myfileobj = raw  # type: ignore[assignment]
    return cast(BinaryIO, packed)


def _open_zstd(raw: io.BufferedReader) -> BinaryIO:
    try:
        from caro.record.zstd_stream import ZstdStream
    except ImportError:
        raise CaroError(
            "a zstd-compressed log needs the zstandard library: pipx install --force '.[zstd]'"
        ) from None
    return io.BufferedReader(ZstdStream(raw), 1 << 18)


@dataclass(frozen=True)
class LogFile:
    """One file of the log, held open: its name may change under the reader, what it holds does not."""

    path: Path
    fd: int
    inode: int
    size: int
    mtime_ns: int
    compressed: bool

    def stream(self) -> BinaryIO:
        """Read from the start, with a file position of its own (not `dup`, which would share it)."""
        try:
            fd = os.open(f"/proc/self/fd/{self.fd}", os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            fd = os.dup(self.fd)
            os.lseek(fd, 0, os.SEEK_SET)
        return open_stream(fd)


def log_names(log: Path) -> list[Path]:
    """Return the files of the log that are there, oldest first: `log.9.gz` … `log.1`, `log`."""
    rotated = []
    try:
        names = [entry.name for entry in log.parent.iterdir()]
    except OSError:
        names = []
    for name in names:
        if name.startswith(log.name) and (match := _NAME.fullmatch(name[len(log.name) :])) is not None:
            rotated.append((-int(match[1]), name))
    found = [log.parent / name for _, name in sorted(rotated)]
    return [*found, log] if log.exists() else found


class Snapshot:
    """All files of the log, opened together, oldest first; a context manager.

    Rotation renames while we open, so a file could be met twice or not at all. It is taken for whole only
    where the names, looked up once more, still lead to the files that were opened. No lock: a reader may
    lack the permission to make one.
    """

    def __init__(self, log: Path) -> None:
        self.log = log
        self.files: list[LogFile] = []
        for _ in range(20):
            self.files = [file for name in log_names(log) if (file := open_log_file(name)) is not None]
            if [(f.path, f.inode) for f in self.files] == _inodes(log):
                return
            self.close()
        raise CaroError(f"{log} is rotated faster than it can be read; try again")

    def close(self) -> None:
        for file in self.files:
            os.close(file.fd)
        self.files = []

    def __enter__(self) -> Snapshot:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _inodes(log: Path) -> list[tuple[Path, int]]:
    found = []
    for name in log_names(log):
        try:
            found.append((name, name.stat().st_ino))
        except FileNotFoundError:
            continue
    return found


class _NotAFile(Exception):
    """A folder, pipe, socket or device stands in the log's place."""


def open_log_file(path: Path) -> LogFile | None:
    try:
        # O_NONBLOCK: a fifo in the log's place must not hang the reader.
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise CaroError(f"cannot open the log {path}: {error.strerror}") from None
    try:
        status = os.fstat(fd)
        # A pipe can't be read backwards, and may never end; /dev/null is a log that nothing was written to.
        if not stat.S_ISREG(status.st_mode) and not os.path.samestat(status, os.stat(os.devnull)):
            raise _NotAFile
        magic = os.pread(fd, 4, 0)
    except _NotAFile:
        os.close(fd)
        raise CaroError(
            f"cannot read the log {path}: it is no regular file; copy what comes out of it into one"
        ) from None
    except OSError as error:
        os.close(fd)
        raise CaroError(f"cannot read the log {path}: {error.strerror}") from None
    compressed = magic[:2] == b"\x1f\x8b" or magic == b"\x28\xb5\x2f\xfd"
    return LogFile(path, fd, status.st_ino, status.st_size, status.st_mtime_ns, compressed)


Placed = tuple[int, int, Event]
"""Offset and length in the plain bytes of a file, and the event that stands there."""


@dataclass
class Cursor:
    """How far a file was read: bytes of its plain text, and lines."""

    offset: int = 0
    lines: int = 0


def scan_file(
    file: LogFile, bad: BadLines, cursor: Cursor | None = None, whole_lines: bool = False
) -> Iterator[Placed]:
    """Yield the events of one file from the cursor on, oldest first; the cursor follows.

    `whole_lines` stops before a last line that lacks its newline: it may still be written to.
    """
    cursor = Cursor() if cursor is None else cursor
    with file.stream() as stream:
        try:
            if cursor.offset:
                stream.seek(cursor.offset)
            yield from _scan_lines(stream, str(file.path), bad, cursor, whole_lines)
        except (EOFError, OSError, zlib.error) as error:
            if isinstance(error, OSError) and not file.compressed:
                raise CaroError(f"cannot read the log {file.path}: {error.strerror}") from None
            bad.add(str(file.path), cursor.lines + 1)


def _scan_lines(
    stream: BinaryIO, path: str, bad: BadLines, cursor: Cursor, whole_lines: bool
) -> Iterator[Placed]:
    for line in _lines(stream):
        length = len(line)
        if whole_lines and line[-1] != 10 and length < MAX_LINE:
            return
        event = decode_line(line)
        if event is not None:
            yield cursor.offset, length, event
        elif not line.isspace():
            # Blank lines are what was erased.
            found, torn = recover(line)
            for start, size, event in found:
                yield cursor.offset + start, size, event
            if torn:
                bad.add(path, cursor.lines + 1)
        cursor.lines += 1
        cursor.offset += length


def _lines(stream: BinaryIO) -> Iterator[bytes]:
    """Lines with their newline; the last may lack it. A piece of a line that is too long counts as one."""
    readline = stream.readline
    while line := readline(MAX_LINE):
        if line[-1] != 10 and len(line) < MAX_LINE and decode_line(line) is None:
            # A write shows page by page: it may be seen half done. Still so a moment later, it is torn.
            time.sleep(0.02)
            line += readline(MAX_LINE)
        yield line


def read_events(log: Path, bad: BadLines | None = None) -> Iterator[Event]:
    """Yield all events of a log and its rotated files, in the order they were written."""
    with Snapshot(log) as snapshot:
        for file in snapshot.files:
            for _, _, event in scan_file(file, BadLines() if bad is None else bad):
                yield event


def lines_backwards(file: LogFile, block: int = 1 << 18) -> Iterator[tuple[int, bytes]]:
    """Yield the lines of a plain file with their offsets, newest first, read from the end in blocks."""
    end, rest = file.size, b""
    while end > 0:
        start = max(0, end - block)
        data = os.pread(file.fd, end - start, start) + rest
        first = 0 if start == 0 else data.find(b"\n") + 1
        if start > 0 and (first == 0 or first == len(data)):
            # One line fills the block.
            end, rest = start, data if len(data) < MAX_LINE else b""
            continue
        at = len(data)
        while at > first:
            begin = data.rfind(b"\n", first, at - 1) + 1 or first
            yield start + begin, data[begin:at]
            at = begin
        end, rest = start, data[:first]


def place_line(offset: int, line: bytes) -> list[Placed]:
    """Return the events of a line that stands at `offset`."""
    event = decode_line(line)
    if event is not None:
        return [(offset, len(line), event)]
    return [(offset + start, size, found) for start, size, found in recover(line)[0]]
