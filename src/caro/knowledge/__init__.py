"""What Caro knows: tables that several rooms read, and the value that carries every room's tables with overlays.

`shipped()` is the knowledge that ships, read on demand; `caro.machine.knowledge.load_knowledge` adds the user's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache

from caro.knowledge import packaged
from caro.knowledge.value import SHIPPED, Document, Knowledge, Layer, Table, layer_of

OVERLAY_ROOMS = ("safety/rules", "safety/programs")
"""Rooms of the guard in which a layer above the shipped one may speak."""

__all__ = ["OVERLAY_ROOMS", "SHIPPED", "Document", "Knowledge", "Layer", "Table", "layer_of", "shipped"]


class _ShippedRooms(Mapping[str, tuple[Document, ...]]):
    """Rooms of the package: a room is looked for when it is asked for, a file is parsed when it is read."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[Document, ...]] = {}

    def __getitem__(self, room: str) -> tuple[Document, ...]:
        found = self._known.get(room)
        if found is None:
            found = tuple(_document(path) for path in packaged.paths(room))
            self._known[room] = found
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self._known)

    def __len__(self) -> int:
        return len(self._known)


def _document(path: str) -> Document:
    return Document(path, SHIPPED, lambda: packaged.table(path))


@cache
def shipped() -> Knowledge:
    """Return the knowledge that ships, the same value each time. Nothing is read before a room is asked for."""
    return Knowledge([Layer(SHIPPED, _ShippedRooms())])
