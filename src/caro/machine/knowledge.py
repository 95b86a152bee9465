"""The knowledge of this machine: what ships, with the user's own files above it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from caro.errors import CaroError
from caro.knowledge import Document, Knowledge, Layer, Table, shipped
from caro.paths import Paths

Complain = Callable[[str], None]


def load_knowledge(paths: Paths, complain: Complain) -> Knowledge:
    """Return what ships and what stands in `~/.config/caro/rules/`. A broken file is named to `complain` and skipped.

    Without a file of the user's it is `shipped()` itself.
    """
    rooms: dict[str, list[Document]] = {}
    files = _files(paths.rules / "safety")
    if not files:
        return shipped()
    from caro.safety.overlay import read_overlay

    for title, table in _tables(files, complain):
        try:
            parts = read_overlay(table, "user")
        except CaroError as error:
            complain(f"safety rules skipped: {title}: {error}")
            continue
        for room, part in parts.items():
            rooms.setdefault(room, []).append(_document(title, part))
    if not rooms:
        return shipped()
    return shipped().with_layers(Layer("user", {room: tuple(found) for room, found in rooms.items()}))


def _document(title: str, table: Table) -> Document:
    return Document(title, "user", lambda: table)


def _files(folder: Path) -> list[Path]:
    """Return the `*.toml` of a folder by name; none where it can't be listed."""
    try:
        return sorted(folder.glob("*.toml"))
    except OSError:
        return []


def _tables(files: list[Path], complain: Complain) -> Iterator[tuple[str, Table]]:
    """Yield (file, table) of each file that can be read."""
    import tomllib

    for path in files:
        try:
            yield str(path), tomllib.loads(path.read_text("utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            complain(f"safety rules skipped: {path}: {error}")
