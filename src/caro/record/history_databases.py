"""Histories in SQLite: atuin, mcfly and zsh-histdb. They are copied first, so that nothing of theirs is touched."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from caro.errors import CaroError
from caro.record.history_files import LONGEST, Typed, number_of, text_of

ATUIN = (
    "SELECT command, timestamp / 1e9, nullif(cwd, 'unknown'), CASE WHEN exit < 0 THEN NULL ELSE exit END,"
    " CASE WHEN duration < 0 THEN NULL ELSE duration / 1e6 END, session, hostname FROM history"
)
MCFLY = "SELECT cmd, when_run, dir, exit_code, NULL, session_id, NULL FROM commands"
HISTDB = (
    "SELECT argv, start_time, dir, exit_status, duration * 1000.0, session, host FROM history"
    " JOIN commands ON commands.id = command_id JOIN places ON places.id = place_id"
)


def read_database(file: Path, question: str) -> Iterator[Typed | None]:
    """Yield the lines, None for one that can't be kept. Raises CaroError where the file is no such history."""
    with tempfile.TemporaryDirectory(prefix="caro-import-") as folder:
        copy = Path(folder, "history.db")
        shutil.copyfile(file, copy)
        # What was written last may still stand in the log beside it.
        with contextlib.suppress(FileNotFoundError):
            shutil.copyfile(f"{file}-wal", f"{copy}-wal")
        try:
            with contextlib.closing(sqlite3.connect(copy)) as database:
                # Bytes that are no UTF-8 are no reason to stop.
                database.text_factory = lambda data: data.decode("utf-8", "backslashreplace")
                yield from map(_typed, database.execute(_without_deleted(database, question)))
        except sqlite3.Error as error:
            raise CaroError(f"{file} can't be read as that history: {error}") from None


def _without_deleted(database: sqlite3.Connection, question: str) -> str:
    columns = {row[1] for row in database.execute("PRAGMA table_info(history)")}
    return (
        f"{question} WHERE deleted_at IS NULL" if question is ATUIN and "deleted_at" in columns else question
    )


def _typed(row: tuple[Any, ...]) -> Typed | None:
    line, at, cwd, code, took, session, host = row
    if not isinstance(line, str) or not line.strip() or "\0" in line or len(line) > LONGEST:
        return None
    code = number_of(code)
    return Typed(
        line.rstrip("\n"),
        number_of(at),
        cwd=text_of(cwd),
        exit_code=None if code is None else int(code),
        duration_ms=number_of(took),
        session=None if session is None else str(session),
        # atuin has `host:user`.
        host=(text_of(host) or "").partition(":")[0] or None,
    )


DATABASES: dict[str, str] = {"atuin": ATUIN, "mcfly": MCFLY, "histdb": HISTDB}
Progress = Callable[[int, int], None]
