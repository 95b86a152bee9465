"""Edits of JSON text that leave every other byte as it is. Comments (as JSONC has them) are taken for blanks.

A parser and a printer would give the user's file back with other spaces, and a settings file is read by people.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from json.decoder import scanstring  # type: ignore[attr-defined]
from typing import Any

from caro.errors import RefusedError

_BLANK = re.compile(r"(?:[ \t\r\n]+|//[^\n]*|/\*.*?\*/)*", re.S)
_SCALAR = re.compile(r"-?\d[\d.eE+-]*|true|false|null")
MAX_DEPTH = 100


@dataclass(frozen=True)
class Item:
    """A member or element: its text from `start` (of the key, if any) to `end`, and its value from `value_start`."""

    start: int
    value_start: int
    end: int
    key: str | None = None


@dataclass(frozen=True)
class Container:
    """An object or array: the places behind its opening and on its closing bracket, and what is in it."""

    open: int
    close: int
    items: list[Item]


class _Scanner:
    def __init__(self, text: str) -> None:
        self.text = text

    def blank(self, at: int) -> int:
        match = _BLANK.match(self.text, at)
        return match.end() if match else at

    def fail(self, at: int) -> RefusedError:
        line = self.text.count("\n", 0, at) + 1
        return RefusedError(f"line {line} is not JSON")

    def value(self, at: int, depth: int = 0) -> int:
        """Return the end of the value that begins at `at`."""
        head = self.text[at : at + 1]
        if depth > MAX_DEPTH:
            raise self.fail(at)
        if head in ("{", "["):
            return self.container(at, depth).close + 1
        if head == '"':
            return self.string(at)[1]
        match = _SCALAR.match(self.text, at)
        if not match:
            raise self.fail(at)
        return match.end()

    def string(self, at: int) -> tuple[str, int]:
        try:
            found: tuple[str, int] = scanstring(self.text, at + 1, False)
        except ValueError:
            raise self.fail(at) from None
        return found

    def container(self, at: int, depth: int = 0) -> Container:
        closing = "}" if self.text[at : at + 1] == "{" else "]"
        items: list[Item] = []
        place = self.blank(at + 1)
        while self.text[place : place + 1] != closing:
            item = self.item(place, closing == "}", depth)
            items.append(item)
            place = self.blank(item.end)
            if self.text[place : place + 1] == ",":
                place = self.blank(place + 1)
            elif self.text[place : place + 1] != closing:
                raise self.fail(place)
        return Container(at + 1, place, items)

    def item(self, at: int, keyed: bool, depth: int) -> Item:
        if not keyed:
            return Item(at, at, self.value(at, depth + 1))
        if self.text[at : at + 1] != '"':
            raise self.fail(at)
        key, end = self.string(at)
        colon = self.blank(end)
        if self.text[colon : colon + 1] != ":":
            raise self.fail(colon)
        start = self.blank(colon + 1)
        return Item(at, start, self.value(start, depth + 1), key)


def container_at(text: str, path: list[str]) -> Container | None:
    """Return the object or array at a path of keys; None where it is missing. Raises RefusedError on what is no JSON,
    and where something else stands there."""
    scanner = _Scanner(text)
    at = scanner.blank(1 if text.startswith("\ufeff") else 0)
    if scanner.blank(scanner.value(at)) != len(text):
        raise scanner.fail(len(text))
    for key in path:
        item = next((item for item in _object(scanner, at).items if item.key == key), None)
        if item is None:
            return None
        at = item.value_start
    return _object(scanner, at, "{[")


def _object(scanner: _Scanner, at: int, kinds: str = "{") -> Container:
    if scanner.text[at : at + 1] not in tuple(kinds):
        raise RefusedError(f"line {scanner.text.count(chr(10), 0, at) + 1} has something else than expected")
    return scanner.container(at)


def value_of(text: str, item: Item) -> Any:
    """Return the item's value; comments in it are not understood, and then it is None."""
    import json

    try:
        return json.loads(text[item.value_start : item.end])
    except ValueError:
        return None


def append(text: str, path: list[str], element: str, is_array: bool = True) -> str:
    """Return the text with an element (or member) more at the end of the container at `path`, which is made if
    missing."""
    found = container_at(text, path)
    if found is None:
        brackets = "[]" if is_array else "{}"
        inner = brackets[0] + element + brackets[1]
        return append(text, path[:-1], f"{_quoted(path[-1])}: {inner}", False)
    if not found.items:
        return text[: found.open] + _spaced(text, found, element) + text[found.close :]
    last = found.items[-1]
    return text[: last.end] + "," + _gap(text, found) + element + text[last.end :]


def _quoted(key: str) -> str:
    import json

    return json.dumps(key)


def _gap(text: str, found: Container) -> str:
    """Return what stands in front of the last item there: a newline and its indent, or nothing."""
    if len(found.items) == 1:
        before = text[found.open : found.items[0].start]
    else:
        before = text[found.items[-2].end : found.items[-1].start].partition(",")[2]
    blank = re.fullmatch(r"[ \t]*(\r?\n)?(?:.*\n)?([ \t]*)", before, re.S)
    if blank and blank[1]:
        return str(blank[1] + blank[2])
    return " " if before.strip(" ") or " " in before else ""


def _spaced(text: str, found: Container, element: str) -> str:
    inside = text[found.open : found.close]
    return element if not inside.strip() and "\n" not in inside else inside.rstrip(" \t") + element


def remove(text: str, path: list[str], items: list[Item]) -> str:
    """Return the text without these items of one container."""
    for item in sorted(items, key=lambda item: -item.start):
        start, end = item.start, item.end
        found = container_at(text, path)
        assert found is not None
        place = next(at for at, other in enumerate(found.items) if other.start == item.start)
        if place > 0:
            start = found.items[place - 1].end
        elif len(found.items) > 1:
            end = found.items[1].start
        else:
            start, end = found.open, found.close
        text = text[:start] + text[end:]
    return text


def members(text: str, path: list[str]) -> Iterator[Item]:
    found = container_at(text, path)
    yield from found.items if found else ()
