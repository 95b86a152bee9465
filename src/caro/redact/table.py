"""The table redact.toml, which says what a secret is and explains every part."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import NamedTuple

from caro.redact.chars import CLASSES

TABLE = Path(__file__).with_name("redact.toml")


class Option(NamedTuple):
    """An option whose value is a secret: after one of `sub`, or in any case. `how` and `what` as in redact.toml."""

    option: str
    sub: tuple[str, ...]
    how: str
    what: str


class Reader(NamedTuple):
    """A command that takes a secret from its input: with `sub` among its words, or in any case."""

    sub: str
    after: str


Shapes = dict[str, list[tuple[str, frozenset[str], int]]]
"""By their first characters: a prefix, what follows it, and how much of that at least."""


class Table:
    """redact.toml, in the shapes that are looked up."""

    def __init__(self, raw: dict[str, list[str]]) -> None:
        self.shapes, self.public = _shapes(raw.pop("shapes")), _shapes(raw.pop("public_shapes"))
        self.options = _options([*raw.pop("options"), *raw.pop("text_options")])
        text_rows = raw.pop("text_positions")
        self.positions = _positions([*raw.pop("positions"), *text_rows])
        self.text_positions = frozenset(tool for row in text_rows for tool in _cells(row)[0].split())
        self.readers = _readers(raw.pop("readers"))
        places = raw.pop("call_places")
        self.call_places = {name: place for place, row in enumerate(places) for name in row.split()}
        self.words = {key: tuple(value) for key, value in raw.items()}


@cache
def table() -> Table:
    """Return the table, which is read at the first call."""
    import tomllib

    return Table(tomllib.loads(TABLE.read_text("utf-8")))


def _cells(row: str) -> list[str]:
    return [cell.strip() for cell in row.split("|")]


def _shapes(rows: Iterable[str]) -> Shapes:
    shapes: Shapes = {}
    for row in rows:
        prefix, kind, least = row.split()
        shapes.setdefault(prefix[0], []).append((prefix, CLASSES[kind], int(least)))
    return shapes


def _options(rows: Iterable[str]) -> dict[str, list[Option]]:
    options: dict[str, list[Option]] = {}
    for row in rows:
        tools, sub, names, how, what = _cells(row)
        subs = () if sub == "-" else tuple(sub.split())
        for tool in tools.split():
            options.setdefault(tool, []).extend(Option(name, subs, how, what) for name in names.split())
    return options


def _positions(rows: Iterable[str]) -> dict[str, dict[str, int]]:
    positions: dict[str, dict[str, int]] = {}
    for row in rows:
        tools, word, skip = _cells(row)
        for tool in tools.split():
            positions.setdefault(tool, {})[word] = _skips(skip)
    return positions


def _skips(skip: str) -> int:
    """Return the number of arguments to pass over; where there is a second secret, 16 times one more than for that."""
    first, _, second = skip.partition("+")
    return int(first) + (16 * (int(second) + 1) if second else 0)


def _readers(rows: Iterable[str]) -> dict[str, list[Reader]]:
    readers: dict[str, list[Reader]] = {}
    for row in rows:
        tools, sub, after = _cells(row)
        for tool in tools.split():
            readers.setdefault(tool, []).append(Reader("" if sub == "-" else sub, after))
    return readers
