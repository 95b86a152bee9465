"""`tldr.db`: the tldr pages that the person fetched, as a search index (SQLite, FTS5). They are CC BY 4.0 and stay
apart from Caro's own pairs: one file, which `caro tldr remove` takes away.

An index that is broken, or locked, or was never made, knows nothing and hinders nobody.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from caro.machine.tldr_pages import Example

LICENCE = "CC BY 4.0, the tldr-pages contributors"
MOST_TERMS = 24
BROKEN = (sqlite3.Error, OSError, ValueError)

_TABLES = """CREATE TABLE about (source TEXT, day TEXT, pages INTEGER, examples INTEGER);
CREATE VIRTUAL TABLE examples USING fts5 (terms, tool, wording UNINDEXED, template UNINDEXED);"""


@dataclass(frozen=True)
class Fetched:
    """Where the pages came from, on which day, how many they are and how many examples they have."""

    source: str
    day: str
    pages: int
    examples: int


class Tldr:
    def __init__(self, path: Path) -> None:
        self._path = path

    def write(self, examples: Iterable[tuple[Example, str]], source: str, day: str, pages: int) -> Fetched:
        """Put (example, its terms) in the place of what was there, as a whole or not at all. Raises sqlite3.Error,
        OSError."""
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        new = self._path.with_name(f"{self._path.name}.{os.getpid()}")
        os.close(os.open(new, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        try:
            with contextlib.closing(sqlite3.connect(new)) as database, database:
                database.executescript(_TABLES)
                rows = [(terms, one.tool, one.wording, one.template) for one, terms in examples]
                database.executemany("INSERT INTO examples VALUES (?, ?, ?, ?)", rows)
                fetched = Fetched(source, day, pages, len(rows))
                database.execute("INSERT INTO about VALUES (?, ?, ?, ?)", (source, day, pages, len(rows)))
            os.replace(new, self._path)
        finally:
            new.unlink(missing_ok=True)
        return fetched

    def near(self, terms: Sequence[str], most: int = 60) -> list[Example]:
        """Return the examples that share most with the terms, best first."""
        plain = dict.fromkeys(term.replace('"', "") for term in terms if not term.startswith("<"))
        wanted = " OR ".join(f'"{term}"' for term in [*filter(None, plain)][:MOST_TERMS])
        query = "SELECT tool, wording, template FROM examples WHERE examples MATCH ? ORDER BY bm25(examples) LIMIT ?"
        if not wanted:
            return []
        return [Example(*map(str, row)) for row in self._rows(query, (wanted, most))]

    def about(self) -> Fetched | None:
        """Return what is there; None for nothing."""
        for source, day, pages, examples in self._rows("SELECT * FROM about LIMIT 1", ()):
            return Fetched(str(source), str(day), int(str(pages)), int(str(examples)))
        return None

    def remove(self) -> bool:
        """Delete the index; False where there is none."""
        there = self._path.exists()
        self._path.unlink(missing_ok=True)
        return there

    def _rows(self, query: str, values: tuple[object, ...]) -> Iterator[tuple[object, ...]]:
        if not self._path.exists():
            return
        with contextlib.suppress(*BROKEN):
            database = sqlite3.connect(f"{self._path.absolute().as_uri()}?mode=ro", uri=True, timeout=0.2)
            with contextlib.closing(database):
                yield from database.execute(query, values).fetchall()
