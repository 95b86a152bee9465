"""The knowledge of this machine: what ships, with the user's own files above it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from caro.errors import CaroError, UsageError
from caro.knowledge import Document, Knowledge, Layer, Table, shipped
from caro.paths import Paths

Complain = Callable[[str], None]


def load_knowledge(paths: Paths, complain: Complain, parts: Sequence[str] = ("safety",)) -> Knowledge:
    """Return what ships and what stands in `~/.config/caro/rules/` for these parts (`safety`, `fix`).

    A broken file is named to `complain` and skipped. Without a file of the user's it is `shipped()` itself.
    """
    rooms: dict[str, list[Document]] = {}
    for part in parts:
        for title, table in _tables(part, paths, complain):
            try:
                read = _READERS[part](title, table)
            except CaroError as error:
                complain(f"{part} rules skipped: {error}")
                continue
            for room, tables in read.items():
                rooms.setdefault(room, []).append(_document(title, tables))
    if not rooms:
        return shipped()
    return shipped().with_layers(Layer("user", {room: tuple(found) for room, found in rooms.items()}))


def _safety(title: str, table: Table) -> dict[str, Table]:
    from caro.safety.overlay import read_overlay

    try:
        return read_overlay(table, "user")
    except CaroError as error:
        raise UsageError(f"{title}: {error}") from error


def _fix(title: str, table: Table) -> dict[str, Table]:
    from caro.fix.rule import read_rules
    from caro.fix.rulebook import ROOM

    read_rules(table, title)
    return {ROOM: table}


_READERS: Mapping[str, Callable[[str, Table], dict[str, Table]]] = {"safety": _safety, "fix": _fix}
"""By part: what checks a file of the user's and takes it apart by room. Raises CaroError, which names the file."""


def _document(title: str, table: Table) -> Document:
    return Document(title, "user", lambda: table)


def _tables(part: str, paths: Paths, complain: Complain) -> Iterator[tuple[str, Table]]:
    """Yield (file, table) of every `*.toml` in the user's folder of a part, by name."""
    files = _files(paths.rules / part)
    if not files:
        return
    import tomllib

    for path in files:
        try:
            yield str(path), tomllib.loads(path.read_text("utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            complain(f"{part} rules skipped: {path}: {error}")


def _files(folder: Path) -> list[Path]:
    """Return the `*.toml` of a folder by name; none where it can't be listed."""
    try:
        return sorted(folder.glob("*.toml"))
    except OSError:
        return []
