"""The knowledge of this machine: what ships, with plugins, policies and the user's own files above it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from caro.addition import POLICIES, PROJECT, Addition
from caro.errors import CaroError, UsageError
from caro.knowledge import Document, Knowledge, Layer, Table, shipped
from caro.paths import Paths
from caro.regular_file import read_text_file
from caro.rule_files import rule_files, unread

Complain = Callable[[str], None]


def load_knowledge(paths: Paths, complain: Complain, additions: Iterable[Addition] = ()) -> Knowledge:
    """Return what ships, what `additions` say, and what stands in `~/.config/caro/rules/` of each part (`safety`,
    `fix`).

    A part's files are read when one of its rooms is first asked for; a broken file is then named to `complain`, once,
    and skipped. Without a file of the user's it is `shipped()` itself.
    """
    files = {part: rule_files(paths, part) for part in _READERS}
    known = with_additions(shipped(), additions, complain)
    if not any(files.values()):
        return known
    return known.with_layers(Layer("user", _UserRooms(files, complain)))


def with_additions(known: Knowledge, additions: Iterable[Addition], complain: Complain) -> Knowledge:
    """Return the knowledge with a layer for each of the additions; a broken file of one is named and skipped."""
    layers = [Layer(_layer_name(one), _AddedRooms(one, complain)) for one in additions if _teaches(one)]
    return known.with_layers(*layers) if layers else known


def _teaches(addition: Addition) -> bool:
    return any(addition.table.get(key) for key in ("rule", "program")) or any(addition.toml(*_READ_OF))


def _layer_name(addition: Addition) -> str:
    if addition.layer in POLICIES:
        return "team"
    return "project" if addition.layer == PROJECT else "plugin"


class _AddedRooms(Mapping[str, tuple[Document, ...]]):
    """Rooms of a plugin's, a project's or a policy's files by name, read when one of them is first asked for."""

    def __init__(self, addition: Addition, complain: Complain) -> None:
        self._addition = addition
        self._complain = complain
        self._rooms: dict[str, tuple[Document, ...]] | None = None

    def __getitem__(self, room: str) -> tuple[Document, ...]:
        if self._rooms is None:
            self._rooms = added_rooms(self._addition, self._complain)
        return self._rooms[room]

    def __iter__(self) -> Iterator[str]:
        return iter(self._rooms or ())

    def __len__(self) -> int:
        return len(self._rooms or ())


def added_rooms(addition: Addition, complain: Complain) -> dict[str, tuple[Document, ...]]:
    """Return the documents of an addition by room; a file that can't be used is named to `complain`."""
    rooms: dict[str, list[Document]] = {}
    layer = _layer_name(addition)
    for title, part, table in _added_tables(addition, complain):
        try:
            for room, found in _READ_OF[part](title, table).items():
                rooms.setdefault(room, []).append(Document(title, layer, lambda found=found: found))  # type: ignore[misc]
        except CaroError as error:
            complain(f"{addition.title}: {error}")
    return {room: tuple(found) for room, found in rooms.items()}


def _added_tables(addition: Addition, complain: Complain) -> Iterator[tuple[str, str, Table]]:
    """Yield (title, part, table) of what an addition says: its own rules, and its files by their folder."""
    import tomllib

    inline = {key: addition.table[key] for key in ("rule", "program") if key in addition.table}
    if inline:
        yield addition.title, "safety", inline
    for name, data in addition.toml(*_READ_OF):
        title = f"{addition.title}: {name}"
        try:
            yield title, name.split("/")[0], tomllib.loads(data.decode("utf-8"))
        except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            complain(f"{title}: {error}")


class _UserRooms(Mapping[str, tuple[Document, ...]]):
    """Rooms of the user's own files by name; a room belongs to the part that its name begins with."""

    def __init__(self, files: Mapping[str, Sequence[Path]], complain: Complain) -> None:
        self._unread = dict(files)
        self._complain = complain
        self._rooms: dict[str, tuple[Document, ...]] = {}

    def __getitem__(self, room: str) -> tuple[Document, ...]:
        part = room.partition("/")[0]
        files = self._unread.get(part)
        if files is not None:
            self._rooms |= _rooms(part, files, self._complain)
            self._unread.pop(part, None)
        return self._rooms[room]

    def __iter__(self) -> Iterator[str]:
        return iter(self._rooms)

    def __len__(self) -> int:
        return len(self._rooms)


def _rooms(part: str, files: Sequence[Path], complain: Complain) -> dict[str, tuple[Document, ...]]:
    """Return the documents of a part's files by room; a file that can't be used is named to `complain`."""
    rooms: dict[str, list[Document]] = {}
    for title, table in _tables(part, files, complain):
        try:
            read = _READERS[part](title, table)
        except CaroError as error:
            complain(f"{part} rules skipped: {error}")
            continue
        for room, tables in read.items():
            rooms.setdefault(room, []).append(_document(title, tables))
    return {room: tuple(found) for room, found in rooms.items()}


def _safety(title: str, table: Table) -> dict[str, Table]:
    from caro.safety.overlay import read_overlay

    try:
        return read_overlay(table, "user")
    except CaroError as error:
        raise UsageError(f"{title}: {error}") from error


def _fix(title: str, table: Table) -> dict[str, Table]:
    from caro.fix.rule import read_rules
    from caro.fix.rulebook import ROOM

    read_rules(table, title, ships=False)
    return {ROOM: table}


_READERS: Mapping[str, Callable[[str, Table], dict[str, Table]]] = {"safety": _safety, "fix": _fix}
"""By part: what checks a file of the user's and takes it apart by room. Raises CaroError, which names the file."""


def _explain(title: str, table: Table) -> dict[str, Table]:
    from caro.meaning.messages import ROOM, read_messages

    try:
        for message in read_messages(table, ships=False):
            _ = message.pattern
    except (re.error, TypeError, ValueError, KeyError, AttributeError) as error:
        raise UsageError(f"{title}: {error}") from error
    return {ROOM: table}


def _ask(title: str, table: Table) -> dict[str, Table]:
    for template, wordings in table.items():
        if not isinstance(wordings, str) or not template.strip():
            raise UsageError(f"{title}: {template!r} needs its wordings as one text, one a line")
    return {"ask/pairs": table}


def _specs(title: str, table: Table) -> dict[str, Table]:
    from caro.machine.own_specs import ROOM, check_specs

    check_specs(table, title)
    return {ROOM: table}


_READ_OF: Mapping[str, Callable[[str, Table], dict[str, Table]]] = {
    "safety": _safety,
    "fix": _fix,
    "specs": _specs,
    "explain": _explain,
    "ask": _ask,
}
"""By folder of a plugin: what checks a file in it and takes it apart by room."""
FOLDERS = tuple(_READ_OF)
"""Folders of a plugin that are read."""


def _document(title: str, table: Table) -> Document:
    return Document(title, "user", lambda: table)


def _tables(part: str, files: Sequence[Path], complain: Complain) -> Iterator[tuple[str, Table]]:
    """Yield (file, table) of every file that is TOML; what has another name is told of, too."""
    if not files:
        return
    import tomllib

    for path in files:
        if unread(path):
            complain(
                f"{part} rules skipped: {path}: only files called *.toml are read, none in folders of this one"
            )
            continue
        try:
            yield str(path), tomllib.loads(read_text_file(path))
        except OSError as error:
            complain(f"{part} rules skipped: {path}: {error.strerror or error}")
        except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            complain(f"{part} rules skipped: {path}: {error}")
