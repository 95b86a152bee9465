"""The file of distinct typed lines that a search reads: columns of numbers, then texts (docs/lines-file.md).

native/lib/lines/lines_file.c reads it, in a map of the file; so it is never written over but replaced, except that
the lines which are forgotten are blanked where they stand.
"""

from __future__ import annotations

import contextlib
import mmap
import os
import struct
import sys
import zlib
from array import array
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from caro.model import Event
from caro.record.history import has_time
from caro.record.times import ts_seconds

MAGIC = b"CAROLN\0\1"
HEADER = struct.Struct("<8sIIQQIIQQQ")
"""Magic, lines, strings, bytes of texts, bytes of strings, pairs of folders, pairs of sessions, events; then inode and
offset up to which the log is in it."""
HEADER_BYTES = 128
UNKNOWN = 0xFFFFFFFF
EXIT_UNKNOWN = 0xFFFF
GONE, IMPORTED = 1, 2
LONGEST = 16_384
"""Bytes of a line that is kept for searching; a longer one is no line that anybody types again."""
TEXTS_MAX = 1 << 31


@dataclass(frozen=True)
class Cursor:
    """How far the log is in a file of lines: its inode, and the bytes of it."""

    inode: int = 0
    offset: int = 0


@dataclass(slots=True)
class _Row:
    number: int
    at: int
    took: int
    folder: int
    session: int
    host: int
    exit_code: int
    times: int
    imported: bool


def _bits() -> list[int]:
    """Return the bit of each byte: native/lib/lines/lines_file.c, characters_of."""
    bits = []
    for byte in range(256):
        char = chr(byte).lower() if byte < 128 else ""
        if char.isascii() and char.isalpha():
            bits.append(1 << ord(char) - 97)
        elif char.isascii() and char.isdigit():
            bits.append(1 << 26 + byte - 48)
        else:
            bits.append(1 << (36 + byte % 27 if byte < 128 else 63))
    return bits


_BITS = _bits()


def characters_of(text: bytes) -> int:
    """Return one bit for each kind of character of the text."""
    mask = 0
    for byte in set(text):
        mask |= _BITS[byte]
    return mask


@dataclass
class LineTable:
    """Distinct lines, as they are collected from events in any order."""

    rows: dict[bytes, _Row] = field(default_factory=dict)
    events: int = 0
    _strings: dict[bytes, int] = field(default_factory=dict)
    _folders: set[tuple[int, int]] = field(default_factory=set)
    _sessions: set[tuple[int, int]] = field(default_factory=set)
    _numbers: int = 0

    def __len__(self) -> int:
        return len(self.rows)

    def copy(self) -> LineTable:
        """Return a table of its own with the same lines."""
        rows = {
            text: _Row(*(getattr(row, name) for name in _Row.__slots__)) for text, row in self.rows.items()
        }
        return LineTable(
            rows,
            self.events,
            dict(self._strings),
            set(self._folders),
            set(self._sessions),
            self._numbers,
        )

    def add(self, event: Event) -> None:
        """Take a typed line of a person's; others, and what is too long to be typed again, are left out."""
        if event.kind != "line" or event.agent or not event.text:
            return
        text = text_bytes(event.text)
        if not 0 < len(text) <= LONGEST:
            return
        self.events += 1
        found = _Row(
            self._numbers,
            min(int(ts_seconds(event.ts)), UNKNOWN) if has_time(event) else 0,
            UNKNOWN if event.duration_ms is None else min(int(event.duration_ms), UNKNOWN - 1),
            self._string(event.cwd),
            self._string(event.session_id),
            self._string(event.host),
            EXIT_UNKNOWN if event.exit_code is None else event.exit_code & 0xFF,
            1,
            event.source == "import",
        )
        if event.signal is not None:
            found.exit_code = 128 + (event.signal & 0x7F)
        self._merge(text, found)

    def _string(self, text: str | None) -> int:
        if not text:
            return UNKNOWN
        return self._strings.setdefault(text_bytes(text), len(self._strings))

    def _merge(self, text: bytes, found: _Row) -> None:
        known = self.rows.get(text)
        if known is None:
            self.rows[text] = found
            self._numbers += 1
            return
        for pairs, old, new in (
            (self._folders, known.folder, found.folder),
            (self._sessions, known.session, found.session),
        ):
            if old != new:
                pairs.update((known.number, one) for one in (old, new) if one != UNKNOWN)
        newest, older = (found, known) if _newer(found, known) else (known, found)
        newest.number, newest.times = known.number, min(known.times + found.times, 0xFFFF)
        newest.imported = newest.imported and older.imported
        self.rows[text] = newest

    def remove(self, texts: Iterable[bytes]) -> None:
        """Drop lines."""
        for text in texts:
            self.rows.pop(text, None)

    def encode(self, cursor: Cursor = Cursor()) -> bytes:
        """Return the file's bytes. Memory is about twice that."""
        rows = sorted(self.rows.items(), key=lambda item: (not item[1].imported, item[1].at, item[1].number))
        texts, place = bytearray(), array("I", [0])
        masks, hashes, flags = array("Q"), array("I"), bytearray()
        numbers: dict[int, int] = {}
        columns = {name: array("I") for name in ("at", "took", "folder", "session", "host")}
        short = {name: array("H") for name in ("exit_code", "times")}
        for text, row in rows:
            if len(texts) + len(text) > TEXTS_MAX:
                break
            numbers[row.number] = len(place) - 1
            texts += text
            place.append(len(texts))
            masks.append(characters_of(text))
            hashes.append(zlib.crc32(text))
            for name, column in (*columns.items(), *short.items()):
                column.append(getattr(row, name))
            flags.append(IMPORTED if row.imported else 0)
        strings, string_at = _packed(self._strings)
        folders, sessions = _pairs(self._folders, numbers), _pairs(self._sessions, numbers)
        header = HEADER.pack(
            MAGIC,
            len(flags),
            len(self._strings),
            len(texts),
            len(strings),
            len(folders) // 2,
            len(sessions) // 2,
            self.events,
            cursor.inode,
            cursor.offset,
        ).ljust(HEADER_BYTES, b"\0")
        parts: list[array[int] | bytearray | bytes] = [
            masks,
            place,
            hashes,
            *columns.values(),
            *short.values(),
            flags,
            string_at,
            folders,
            sessions,
            strings,
            texts,
        ]
        return header + b"".join(_aligned(part) for part in parts)


def text_bytes(text: str) -> bytes:
    """Return the bytes of a text of the log as they stand in a file of lines."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace")


def _newer(found: _Row, known: _Row) -> bool:
    """True if it is the later use; what was typed here tells more than what was imported."""
    return (not found.imported, found.at) >= (not known.imported, known.at)


def _packed(strings: Iterable[bytes]) -> tuple[bytes, array[int]]:
    place = array("I", [0])
    for text in strings:
        place.append(place[-1] + len(text))
    return b"".join(strings), place


def _pairs(pairs: set[tuple[int, int]], numbers: dict[int, int]) -> array[int]:
    found = array("I")
    for line, string in sorted((numbers[line], string) for line, string in pairs if line in numbers):
        found.extend((line, string))
    return found


def _aligned(part: array[int] | bytearray | bytes) -> bytes:
    if isinstance(part, array) and sys.byteorder == "big":
        part.byteswap()
    data = bytes(part) if not isinstance(part, array) else part.tobytes()
    return data + bytes(-len(data) % 8)


@dataclass(frozen=True)
class Layout:
    count: int
    strings: int
    text_bytes: int
    string_bytes: int
    folder_pairs: int
    session_pairs: int
    cursor: Cursor

    @property
    def at(self) -> int:
        return HEADER_BYTES + 8 * self.count

    @property
    def hashes(self) -> int:
        return self.at + _up(4 * (self.count + 1))

    @property
    def flags(self) -> int:
        return self.hashes + 6 * _up(4 * self.count) + 2 * _up(2 * self.count)

    @property
    def texts(self) -> int:
        pairs = 8 * (self.folder_pairs + self.session_pairs)
        return self.flags + _up(self.count) + _up(4 * (self.strings + 1)) + pairs + _up(self.string_bytes)

    @property
    def size(self) -> int:
        return self.texts + _up(self.text_bytes)


def _up(size: int) -> int:
    return size + -size % 8


def layout_of(head: bytes) -> Layout | None:
    if len(head) < HEADER.size or not head.startswith(MAGIC):
        return None
    _, count, strings, texts, string_bytes, folders, sessions, _, inode, offset = HEADER.unpack_from(head)
    return Layout(count, strings, texts, string_bytes, folders, sessions, Cursor(inode, offset))


def read_cursor(file: Path) -> Cursor | None:
    """Return how far the log is in a file of lines; None where it is none."""
    try:
        with file.open("rb") as stream:
            layout = layout_of(stream.read(HEADER_BYTES))
            return layout.cursor if layout and os.fstat(stream.fileno()).st_size >= layout.size else None
    except OSError:
        return None


def blank_lines(file: Path, texts: Iterable[bytes]) -> int:
    """Take lines out where they stand, at once, also for those that have the file open; return how many.

    Whoever calls it keeps others from replacing the file meanwhile (record/lock.py).
    """
    try:
        descriptor = os.open(file, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
    except FileNotFoundError:
        return 0
    with contextlib.closing(os.fdopen(descriptor, "r+b", buffering=0)) as stream:
        layout = layout_of(stream.read(HEADER_BYTES))
        if layout is None or os.fstat(stream.fileno()).st_size < layout.size or not layout.count:
            return 0
        with mmap.mmap(stream.fileno(), 0) as data:
            count = sum(_blank(data, layout, text) for text in texts)
            if count:
                data.flush()
            return count


def _blank(data: mmap.mmap, layout: Layout, text: bytes) -> int:
    wanted = struct.pack("<I", zlib.crc32(text))
    at, end, count = layout.hashes, layout.hashes + 4 * layout.count, 0
    while (at := data.find(wanted, at, end)) >= 0:
        number, odd = divmod(at - layout.hashes, 4)
        if not odd:
            start, stop = struct.unpack_from("<II", data, layout.at + 4 * number)
            if data[layout.texts + start : layout.texts + stop] == text:
                data[layout.flags + number] |= GONE
                data[layout.texts + start : layout.texts + stop] = bytes(len(text))
                struct.pack_into("<I", data, at, 0)
                struct.pack_into("<Q", data, HEADER_BYTES + 8 * number, 0)
                count += 1
        at += 1
    return count
