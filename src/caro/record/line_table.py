"""Distinct typed lines, collected from events in any order, and the bytes of their file (lines_file.py).

A million of them are a million of nothing but numbers: columns of machine words, texts one behind the other, and a
table of hashes over them. Objects of Python's would take ten times the memory.
"""

from __future__ import annotations

import sys
import zlib
from array import array
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate

from caro.model import Event
from caro.record.history import has_time
from caro.record.lines_file import (
    EXIT_UNKNOWN,
    HEADER,
    HEADER_BYTES,
    IMPORTED,
    LONGEST,
    MAGIC,
    UNKNOWN,
    Cursor,
    characters_of,
    text_bytes,
)
from caro.record.query import is_kept_back
from caro.record.times import ts_seconds

LINES_MAX, TEXTS_MAX = 2_000_000, 128 << 20
"""Above so many lines, or bytes of them, the older half is left out: nobody searches that far."""
SLOTS_LEAST = 1 << 8
PAIRS_AT_ONCE = 100_000
_WORDS = ("time", "took", "folder", "session", "host")
_SHORT = ("exit", "times")


class LineTable:
    """Distinct lines with their last use; `events` counts how often any of them was typed."""

    def __init__(self, ignores_space: bool = False) -> None:
        self.events = 0
        self.ignores_space = ignores_space
        """Whether lines that begin with a blank are left out (`privacy.ignore_space`)."""
        self._texts = bytearray()
        self._ends = array("I")
        self._hashes = array("I")
        self._columns = {name: array("I") for name in _WORDS} | {name: array("H") for name in _SHORT}
        self._flags = bytearray()
        self._slots = array("I", bytes(4 * SLOTS_LEAST))
        """Open addressing by hash: a line's number + 1, or 0."""
        self._strings: dict[bytes, int] = {}
        self._pairs = {"folder": array("Q"), "session": array("Q")}
        """A line's number in the upper half, a string's in the lower; unsorted, and some more than once."""

    def __len__(self) -> int:
        return len(self._ends)

    def copy(self) -> LineTable:
        """Return a table of its own with the same lines."""
        made = LineTable(self.ignores_space)
        made.events = self.events
        made._texts, made._flags = self._texts[:], self._flags[:]
        made._ends, made._hashes, made._slots = self._ends[:], self._hashes[:], self._slots[:]
        made._columns = {name: column[:] for name, column in self._columns.items()}
        made._strings = dict(self._strings)
        made._pairs = {name: pairs[:] for name, pairs in self._pairs.items()}
        return made

    def add(self, event: Event) -> None:
        """Take a typed line of a person's; others, and what is too long to be typed again, are left out."""
        if event.kind != "line" or event.agent or not event.text:
            return
        if self.ignores_space and is_kept_back(event):
            return
        text = text_bytes(event.text)
        if not 0 < len(text) <= LONGEST:
            return
        self.events += 1
        words = (
            min(int(ts_seconds(event.ts)), UNKNOWN) if has_time(event) else 0,
            UNKNOWN if event.duration_ms is None else min(int(event.duration_ms), UNKNOWN - 1),
            self._string(event.cwd),
            self._string(event.session_id),
            self._string(event.host),
        )
        digest = zlib.crc32(text)
        slot = self._slot_of(text, digest)
        number = self._slots[slot] - 1
        imported = event.source == "import"
        if number < 0:
            self._append(slot, text, digest, words, _exit_of(event), imported)
        else:
            self._merge(number, words, _exit_of(event), imported)

    def _string(self, text: str | None) -> int:
        return self._strings.setdefault(text_bytes(text), len(self._strings)) if text else UNKNOWN

    def _text(self, number: int) -> bytes:
        return bytes(self._texts[self._ends[number - 1] if number else 0 : self._ends[number]])

    def _slot_of(self, text: bytes, digest: int) -> int:
        """Return the place of the line in the table of hashes, or the free one that it would have."""
        slots, mask = self._slots, len(self._slots) - 1
        slot = digest & mask
        while (number := slots[slot]) and (
            self._hashes[number - 1] != digest or self._text(number - 1) != text
        ):
            slot = slot + 1 & mask
        return slot

    def _append(
        self, slot: int, text: bytes, digest: int, words: Sequence[int], exit_code: int, imported: bool
    ) -> None:
        self._texts += text
        self._ends.append(len(self._texts))
        self._hashes.append(digest)
        for name, value in zip(_WORDS, words, strict=True):
            self._columns[name].append(value)
        self._columns["exit"].append(exit_code)
        self._columns["times"].append(1)
        self._flags.append(IMPORTED if imported else 0)
        self._slots[slot] = len(self)
        if len(self) > LINES_MAX or len(self._texts) > TEXTS_MAX:
            self._keep(self._order()[len(self) // 2 :])
        elif 2 * len(self) > len(self._slots):
            self._fill_slots(2 * len(self._slots))

    def _fill_slots(self, size: int) -> None:
        slots, mask = array("I", bytes(4 * size)), size - 1
        for number, digest in enumerate(self._hashes, 1):
            slot = digest & mask
            while slots[slot]:
                slot = slot + 1 & mask
            slots[slot] = number
        self._slots = slots

    def _merge(self, number: int, words: Sequence[int], exit_code: int, imported: bool) -> None:
        columns, was_imported = self._columns, bool(self._flags[number] & IMPORTED)
        for name, new in (("folder", words[2]), ("session", words[3])):
            if columns[name][number] != new:
                self._pairs[name].extend(
                    number << 32 | one for one in (columns[name][number], new) if one != UNKNOWN
                )
        # The later use counts; what was typed here tells more than what was imported.
        if (not imported, words[0]) >= (not was_imported, columns["time"][number]):
            for name, value in zip(_WORDS, words, strict=True):
                columns[name][number] = value
            columns["exit"][number] = exit_code
        columns["times"][number] = min(columns["times"][number] + 1, 0xFFFF)
        if not imported:
            self._flags[number] &= ~IMPORTED

    def _order(self) -> array[int]:
        """Return the lines' numbers as they stand in the file: imported ones first, then by time and number."""
        keys = [
            (not flags & IMPORTED) << 64 | time << 32 | number
            for number, (flags, time) in enumerate(zip(self._flags, self._columns["time"], strict=True))
        ]
        keys.sort()
        return array("I", [key & 0xFFFFFFFF for key in keys])

    def _keep(self, order: array[int]) -> None:
        """Leave out all lines but those of these numbers."""
        order = array("I", sorted(order))
        texts = bytearray().join(map(self._text, order))
        self._pairs = {name: self._renumbered(pairs, order) for name, pairs in self._pairs.items()}
        self._ends = array("I", accumulate(len(self._text(number)) for number in order))
        self._texts, self._hashes = texts, _taken(self._hashes, order)
        self._columns = {name: _taken(column, order) for name, column in self._columns.items()}
        self._flags = bytearray(self._flags[number] for number in order)
        self._fill_slots(len(self._slots))

    def _renumbered(self, pairs: array[int], order: array[int]) -> array[int]:
        """Return the pairs sorted, each once, with the lines' places in `order` in place of their numbers."""
        places = array("I", bytes(4 * len(self)))
        for place, number in enumerate(order, 1):
            places[number] = place
        # Sorted in pieces: a set of all of them at once takes more than all else.
        pieces = [array("Q") for _ in range(len(pairs) // PAIRS_AT_ONCE + 1)]
        for pair in pairs:
            if place := places[pair >> 32]:
                piece = (place - 1) * len(pieces) // len(order)
                pieces[piece].append(place - 1 << 32 | pair & 0xFFFFFFFF)
        found = array("Q")
        for part in pieces:
            found.extend(sorted(set(part)))
        return found

    def encode(self, cursor: Cursor | None = None) -> bytes:
        """Return the file's bytes."""
        return b"".join(self.parts(cursor))

    def parts(self, cursor: Cursor | None = None) -> Iterator[bytes]:
        """Yield the file's bytes, a column or a line at a time."""
        order, cursor = self._order(), cursor or Cursor()
        pairs = {name: self._renumbered(found, order) for name, found in self._pairs.items()}
        string_bytes = sum(map(len, self._strings))
        yield HEADER.pack(
            MAGIC, len(order), len(self._strings), len(self._texts), string_bytes,
            len(pairs["folder"]), len(pairs["session"]), self.events, cursor.inode, cursor.offset,
            self.ignores_space,
        ).ljust(HEADER_BYTES, b"\0")  # fmt: skip
        yield _aligned(array("Q", (characters_of(self._text(number)) for number in order)))
        yield _aligned(_places(len(self._text(number)) for number in order))
        yield _aligned(_taken(self._hashes, order))
        for column in self._columns.values():
            yield _aligned(_taken(column, order))
        yield _aligned(bytes(self._flags[number] for number in order))
        yield _aligned(_places(map(len, self._strings)))
        for found in pairs.values():
            yield _aligned(array("I", (word for pair in found for word in (pair >> 32, pair & 0xFFFFFFFF))))
        yield _aligned(b"".join(self._strings))
        yield from map(self._text, order)
        yield bytes(-len(self._texts) % 8)


def _exit_of(event: Event) -> int:
    if event.signal is not None:
        return 128 + (event.signal & 0x7F)
    return EXIT_UNKNOWN if event.exit_code is None else event.exit_code & 0xFF


def _taken(column: array[int], order: array[int]) -> array[int]:
    return array(column.typecode, map(column.__getitem__, order))


def _places(lengths: Iterable[int]) -> array[int]:
    """Return where each of the texts begins, and the last one's end."""
    return array("I", accumulate(lengths, initial=0))


def _aligned(part: array[int] | bytes) -> bytes:
    if isinstance(part, array):
        if sys.byteorder == "big":
            part.byteswap()
        part = part.tobytes()
    return part + bytes(-len(part) % 8)
