"""The file of distinct typed lines that a search reads: columns of numbers, then texts (docs/lines-file.md).

native/lib/lines/lines_file.c reads it, in a map of the file; so it is never written over but replaced, except that
the lines which are forgotten are blanked where they stand.
"""

from __future__ import annotations

import contextlib
import mmap
import os
import struct
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

MAGIC = b"CAROLN\0\1"
HEADER = struct.Struct("<8sIIQQIIQQQQ")
"""Magic, lines, strings, bytes of texts, bytes of strings, pairs of folders, pairs of sessions, events; then inode and
offset up to which the log is in it, and whether lines that begin with a blank are left out."""
HEADER_BYTES = 128
UNKNOWN = 0xFFFFFFFF
EXIT_UNKNOWN = 0xFFFF
GONE, IMPORTED = 1, 2
LONGEST = 16_384
"""Bytes of a line that is kept for searching; a longer one is no line that anybody types again."""


@dataclass(frozen=True)
class Cursor:
    """How far the log is in a file of lines: its inode, and the bytes of it."""

    inode: int = 0
    offset: int = 0


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


def text_bytes(text: str) -> bytes:
    """Return the bytes of a text of the log as they stand in a file of lines."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace")


@dataclass(frozen=True)
class Layout:
    count: int
    strings: int
    text_bytes: int
    string_bytes: int
    folder_pairs: int
    session_pairs: int
    cursor: Cursor
    ignores_space: bool

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
    _, count, strings, texts, string_bytes, folders, sessions, _, *rest = HEADER.unpack_from(head)
    inode, offset, ignores_space = rest
    cursor = Cursor(inode, offset)
    return Layout(count, strings, texts, string_bytes, folders, sessions, cursor, bool(ignores_space))


def read_cursor(file: Path, ignores_space: bool) -> Cursor | None:
    """Return how far the log is in a file of lines; None where it is none, or was made for another configuration."""
    try:
        with file.open("rb") as stream:
            layout = layout_of(stream.read(HEADER_BYTES))
            if layout is None or os.fstat(stream.fileno()).st_size < layout.size:
                return None
            return layout.cursor if layout.ignores_space == ignores_space else None
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
