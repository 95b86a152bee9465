"""Read `specs.bin` one command at a time.

Format: `CAROSPEC1 D I` and a newline, D bytes of zlib dictionary, I bytes of index (`key TAB offset TAB length`,
sorted by bytes), then the entries, raw deflate of JSON. The index is searched in place by halving, so opening the
file costs a few microseconds and a command's entry some tens.
"""

from __future__ import annotations

import mmap
import zlib
from collections import OrderedDict
from pathlib import Path
from typing import Any

from caro.errors import CaroError

MAGIC = b"CAROSPEC1 "
KEPT = 64
"""Decoded entries kept in memory; the largest is about 200 kB."""


class SpecFile:
    """`node(key)` gives the entry of a command or None. A damaged file raises CaroError once, when opened;
    a damaged entry counts as missing."""

    def __init__(self, path: Path) -> None:
        try:
            with path.open("rb") as handle:
                self._map = mmap.mmap(handle.fileno(), 0, access=mmap.ACCESS_READ)
            header_end = self._map.find(b"\n", 0, 64)
            if self._map[: len(MAGIC)] != MAGIC or header_end < 0:
                raise ValueError("not a spec file")
            dictionary, index = map(int, self._map[len(MAGIC) : header_end].split())
        except (OSError, ValueError) as error:
            raise CaroError(f"can't read {path.name}: {error}; reinstall caro to get it back") from error
        start = header_end + 1
        self._dictionary = self._map[start : start + dictionary]
        self._index = (start + dictionary, start + dictionary + index)
        self._entries = start + dictionary + index
        self._nodes: OrderedDict[str, dict[str, Any] | None] = OrderedDict()

    def node(self, key: str) -> dict[str, Any] | None:
        if key in self._nodes:
            self._nodes.move_to_end(key)
            return self._nodes[key]
        node = self._load(key)
        self._nodes[key] = node
        if len(self._nodes) > KEPT:
            self._nodes.popitem(last=False)
        return node

    def names(self) -> list[str]:
        """Return every command that has an entry, children left out."""
        lines = self._map[slice(*self._index)].splitlines()
        keys = (line.split(b"\t", 1)[0] for line in lines)
        return [key.decode() for key in keys if b" " not in key]

    def _find(self, key: bytes) -> tuple[int, int] | None:
        low, high = self._index
        while low < high:
            middle = (low + high) // 2
            start = self._map.rfind(b"\n", low, middle) + 1 or low
            end = self._map.find(b"\n", start, high)
            end = high if end < 0 else end
            name, _, place = self._map[start:end].partition(b"\t")
            if name == key:
                offset, length = place.split(b"\t")
                return self._entries + int(offset), int(length)
            if name < key:
                low = end + 1
            else:
                high = start
        return None

    def _load(self, key: str) -> dict[str, Any] | None:
        import msgspec  # 15 ms that nobody waits for who needs no spec

        try:
            place = self._find(key.encode())
            if place is None:
                return None
            data = self._map[place[0] : place[0] + place[1]]
            text = zlib.decompressobj(-15, zdict=self._dictionary).decompress(data)
            node = msgspec.json.decode(text)
        except (ValueError, zlib.error, msgspec.DecodeError):
            return None
        return node if isinstance(node, dict) else None
