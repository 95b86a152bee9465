"""Erase events for good, from the log, its rotated files and the index, while writers go on appending.

A plain file that a writer may hold is never replaced. Its lines are overwritten in place, with blanks of the
same length: nothing moves, so whatever is appended meanwhile is not touched, and no lock with writers is
needed. Readers skip blank lines. Only then the file shrinks, if nobody can hold it (rotate.replace_file); the
log itself is rotated for that first. The index is deleted, and made again when it is wanted.
"""

from __future__ import annotations

import contextlib
import gzip
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, cast

from caro.model import Event
from caro.record.index_file import delete_index
from caro.record.lock import log_lock
from caro.record.reader import LogFile, log_names, open_log_file, open_stream, place_line
from caro.record.rotate import rename_files, replace_file

Condemned = Callable[[Event], bool]
Progress = Callable[[int, int], None]
SHRINK_BYTES = 1 << 20
"""A log with fewer blanks is left as it is: rotating it would cost more."""
SETTLE = 0.1
"""Seconds for a writer that had looked the path up before the rename to be seen by the lease."""


def erase_events(
    log: Path, condemned: Condemned | None, index: Path | None = None, progress: Progress | None = None
) -> int:
    """Erase the events that `condemned` names, all where it is None; return how many.

    A line that can't be read goes with the event before it (the one behind it at the start of a file): it is
    as old, and nobody can say what is in it.
    """
    with log_lock(log):
        names = log_names(log)
        sizes = [name.stat().st_size for name in names]
        count = 0
        blanks: dict[int, int] = {}
        for number, name in enumerate(names):
            count += _erase_file(log, name, condemned, blanks)
            if progress is not None:
                progress(sum(sizes[: number + 1]), max(sum(sizes), 1))
        _shrink(log, condemned, blanks)
        if index is not None:
            # Also the full-text table, which could still tell what words there were.
            delete_index(index)
        return count


def _erase_file(log: Path, name: Path, condemned: Condemned | None, blanks: dict[int, int]) -> int:
    file = open_log_file(name)
    if file is None:
        return 0
    packer = _packer(file) if file.compressed else None
    os.close(file.fd)
    if packer is not None:
        keeper = _Keeper(condemned, packer)
        replace_file(log, name, keeper.rewrite)
        return keeper.erased
    fd = os.open(name, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
    try:
        count, blanks[file.inode] = _blank_lines(fd, condemned)
        return count
    finally:
        os.close(fd)


def _blank_lines(fd: int, condemned: Condemned | None) -> tuple[int, int]:
    """Overwrite lines in place; return how many, and how many bytes of the file are blank now.

    A last line without its newline stays: a writer may be at it. What is appended from now on is not looked
    at: with busy writers there would be no end.
    """
    count = blank = 0
    size = os.fstat(fd).st_size
    with open_stream(os.dup(fd)) as stream:
        for offset, line, kept, erased in _judge(stream, condemned):
            if offset >= size:
                break
            if erased and line.endswith(b"\n"):
                os.pwrite(fd, kept, offset)
                count += erased
            if kept.isspace():
                blank += len(line)
    if count:
        os.fsync(fd)
    return count, blank


Judged = tuple[int, bytes, bytes, int]
"""Offset, the line, what is to stand in its place (of the same length), and how many records go with it."""


def _judge(stream: BinaryIO, condemned: Condemned | None) -> Iterator[Judged]:
    offset = 0
    goes: bool | None = True if condemned is None else None
    waiting: list[tuple[int, bytes]] = []
    for line in iter(stream.readline, b""):
        placed = place_line(0, line)
        if placed:
            kept = [(at, size) for at, size, event in placed if condemned and not condemned(event)]
            goes = len(kept) < len(placed)
            for early in waiting:
                yield _judged(*early, goes)
            waiting.clear()
            yield offset, line, _only(line, kept) if goes else line, len(placed) - len(kept)
        elif line.isspace() or goes is not None:
            yield _judged(offset, line, bool(goes) and not line.isspace())
        else:
            waiting.append((offset, line))
        offset += len(line)
    for early in waiting:
        yield _judged(*early, False)


def _judged(offset: int, line: bytes, goes: bool) -> Judged:
    return offset, line, _only(line, []) if goes else line, int(goes)


def _only(line: bytes, kept: list[tuple[int, int]]) -> bytes:
    """Return the line with blanks for all but the kept records."""
    blank = bytearray(b" " * len(line))
    for at, size in kept:
        blank[at : at + size] = line[at : at + size]
    blank[-1:] = line[-1:] if line.endswith(b"\n") else b" "
    return bytes(blank)


def _shrink(log: Path, condemned: Condemned | None, blanks: dict[int, int]) -> None:
    """Take the blanks out of every file that no writer can hold."""
    with contextlib.suppress(FileNotFoundError):
        live = log.stat()
        blank = blanks.get(live.st_ino, 0)
        if condemned is None or blank > SHRINK_BYTES or blank * 2 > live.st_size > 0:
            rename_files(log)
            time.sleep(SETTLE)
    for name in log_names(log):
        if name == log or not blanks.get(name.stat().st_ino):
            continue
        for _ in range(10):
            if replace_file(log, name, _Keeper(condemned, None).rewrite):
                break
            time.sleep(SETTLE)


Packer = Callable[[BinaryIO], BinaryIO]


def _packer(file: LogFile) -> Packer:
    """Return what compresses a new file as the old one was."""
    if os.pread(file.fd, 2, 0) == b"\x1f\x8b":
        return lambda target: cast(BinaryIO, gzip.GzipFile(fileobj=target, mode="wb", mtime=0))
    import zstandard

    return lambda target: cast(BinaryIO, zstandard.ZstdCompressor().stream_writer(target, closefd=False))


class _Keeper:
    """Rewrites a file without the lines that go, and without blank ones."""

    def __init__(self, condemned: Condemned | None, packer: Packer | None) -> None:
        self._condemned = condemned
        self._packer = packer
        self.erased = 0

    def rewrite(self, source: BinaryIO, target: BinaryIO) -> None:
        packed: BinaryIO | None = None
        for _, _, kept, erased in _judge(source, self._condemned):
            self.erased += erased
            if kept.isspace():
                continue
            if packed is None:
                packed = self._packer(target) if self._packer is not None else target
            packed.write(kept.strip(b" "))
        if packed is not None and packed is not target:
            packed.close()
