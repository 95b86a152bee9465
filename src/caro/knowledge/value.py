"""What Caro knows, as one value: layers of raw documents by room, and what each reader makes of them.

A room's name is its path in the package: `safety/rules` is the folder `caro/safety/rules/`, `knowledge/agents` the
file `caro/knowledge/agents.toml`. The first layer ships; the user's, a project's, a team's and a plugin's lie above
it. How the layers of a room go together is decided by the room that reads it (`safety/tables.py` for the guard).
Nothing here reads a file: `packaged.py` reads what ships, `caro.machine.knowledge` reads what is the user's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

Table = dict[str, Any]
T = TypeVar("T")

SHIPPED = "shipped"
LAYERS = (SHIPPED, "plugin", "team", "user", "project")
"""From below to above. Every layer above the first may add and tighten, none may lower or replace."""


class Document:
    """One raw document: the file's name as a person finds it, and its table, parsed when first asked for."""

    __slots__ = ("_load", "_table", "layer", "name")

    def __init__(self, name: str, layer: str, load: Callable[[], Table]) -> None:
        self.name = name
        self.layer = layer
        self._load = load
        self._table: Table | None = None

    @property
    def table(self) -> Table:
        """Return the document's table. Raises `BrokenTable` where the text is no TOML."""
        if self._table is None:
            self._table = self._load()
        return self._table

    @property
    def ships(self) -> bool:
        """True if the document is part of the package."""
        return self.layer == SHIPPED


class Layer:
    """The documents of one origin by room. `rooms` is read by `get` alone, so that it may load on demand."""

    __slots__ = ("name", "rooms")

    def __init__(self, name: str, rooms: Mapping[str, tuple[Document, ...]]) -> None:
        if name not in LAYERS:
            raise ValueError(f"unknown layer {name!r}; one of {', '.join(LAYERS)}")
        self.name = name
        self.rooms = rooms


class Knowledge:
    """Layers of documents, fixed once made. A change is another value; the views of the old one stay true to it."""

    __slots__ = ("_views", "layers")

    def __init__(self, layers: Iterable[Layer]) -> None:
        self.layers = tuple(sorted(layers, key=lambda layer: LAYERS.index(layer.name)))
        self._views: dict[Callable[[Knowledge], Any], Any] = {}

    def documents(self, room: str) -> tuple[Document, ...]:
        """Return a room's documents, the shipped ones first; empty where no layer has any."""
        return tuple(document for layer in self.layers for document in layer.rooms.get(room, ()))

    def table(self, room: str) -> Table:
        """Return the shipped table of a room that is one file. Raises `KeyError` where none ships."""
        for document in self.documents(room):
            if document.ships:
                return document.table
        raise KeyError(room)

    def view(self, build: Callable[[Knowledge], T]) -> T:
        """Return what `build` makes of this value; made once. `build` is a named function or a class."""
        try:
            return self._views[build]  # type: ignore[no-any-return]
        except KeyError:
            made = self._views[build] = build(self)
            return made

    def with_layers(self, *layers: Layer) -> Knowledge:
        """Return another value with more layers."""
        return Knowledge([*self.layers, *layers])

    def overlays(self, *rooms: str) -> bool:
        """True if a layer above the shipped one has documents in one of the rooms."""
        return any(not document.ships for room in rooms for document in self.documents(room))


def layer_of(name: str, rooms: Mapping[str, Mapping[str, Table]]) -> Layer:
    """Return a layer of tables that are at hand: room -> document's name -> table."""
    documents = {
        room: tuple(Document(title, name, lambda table=table: table) for title, table in tables.items())  # type: ignore[misc]
        for room, tables in rooms.items()
    }
    return Layer(name, documents)
