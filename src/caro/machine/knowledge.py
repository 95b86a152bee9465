"""The knowledge of this machine: what ships, with the user's own files above it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from caro.errors import CaroError, UsageError
from caro.knowledge import Document, Knowledge, Layer, Table, shipped
from caro.paths import Paths
from caro.regular_file import read_text_file
from caro.rule_files import rule_files, unread

Complain = Callable[[str], None]


def load_knowledge(paths: Paths, complain: Complain) -> Knowledge:
    """Return what ships and what stands in `~/.config/caro/rules/` of each part (`safety`, `fix`).

    A part's files are read when one of its rooms is first asked for; a broken file is then named to `complain`, once,
    and skipped. Without a file of the user's it is `shipped()` itself.
    """
    files = {part: rule_files(paths, part) for part in _READERS}
    if not any(files.values()):
        return shipped()
    return shipped().with_layers(Layer("user", _UserRooms(files, complain)))


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
