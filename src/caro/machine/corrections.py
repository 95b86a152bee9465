"""`corrections.db`: what the user typed instead of failed lines. SQLite, 0600, redacted lines only.

A database that is broken or locked teaches nothing and hinders nobody: it counts as empty.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from caro.fix.learning import Correction

KEPT = 2000
"""Corrections kept; the oldest go."""
REFUSED_SECONDS = 30 * 86400.0
"""How long a fix that was turned down stays away: what was wrong then may be right now."""

_TABLE = """CREATE TABLE IF NOT EXISTS corrections (
    failed TEXT NOT NULL, fixed TEXT NOT NULL, project TEXT NOT NULL, refused INTEGER NOT NULL, at REAL NOT NULL,
    PRIMARY KEY (failed, fixed, project))"""


def project_of(cwd: str | None) -> str:
    """Return the folder above with a `.git`, else the folder itself; empty where there is none."""
    if not cwd or not cwd.startswith("/"):
        return ""
    folder = Path(cwd)
    for candidate in (folder, *folder.parents):
        if (candidate / ".git").exists():
            return str(candidate)
    return cwd


class Corrections:
    def __init__(self, path: Path) -> None:
        self.path = path

    @contextlib.contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # SQLite gives a new file the rights of the umask; it must be the owner's alone from its first byte.
        with contextlib.suppress(FileExistsError):
            os.close(os.open(self.path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        connection = sqlite3.connect(self.path, timeout=0.2)
        try:
            connection.execute(_TABLE)
            with connection:
                yield connection
        finally:
            connection.close()

    def forget_matching(self, matches: Callable[[str], bool]) -> int:
        """Delete the corrections with a line that `matches` names, and their bytes in the file; return how many."""
        if not self.path.exists():
            return 0
        with self._open() as connection:
            connection.execute("PRAGMA secure_delete=ON")
            rows = connection.execute("SELECT rowid, failed, fixed FROM corrections").fetchall()
            doomed = [(row,) for row, *lines in rows if any(map(matches, lines))]
            connection.executemany("DELETE FROM corrections WHERE rowid = ?", doomed)
        return len(doomed)

    def about(self, command: str) -> list[Correction]:
        """Return corrections that may fit a failed line, newest first."""
        first = command.split(None, 1)[0] if command.strip() else ""
        if not self.path.exists():
            return []
        try:
            with self._open() as connection:
                rows = connection.execute(
                    "SELECT failed, fixed, project, refused FROM corrections"
                    " WHERE (failed = ? OR failed = ? OR failed GLOB ?) AND (refused = 0 OR at > ?)"
                    " ORDER BY at DESC LIMIT 200",
                    (command, first, _glob(first) + " *", time.time() - REFUSED_SECONDS),
                ).fetchall()
        except (sqlite3.Error, OSError):
            return []
        return [Correction(failed, fixed, project, bool(refused)) for failed, fixed, project, refused in rows]

    def learn(self, failed: str, fixed: str, project: str = "", refused: bool = False) -> bool:
        """Keep a correction (or that it was refused); False where it couldn't be kept."""
        row = (failed.strip(), fixed.strip(), project, int(refused), time.time())
        try:
            with self._open() as connection:
                connection.execute("INSERT OR REPLACE INTO corrections VALUES (?, ?, ?, ?, ?)", row)
                connection.execute(
                    "DELETE FROM corrections WHERE rowid NOT IN"
                    " (SELECT rowid FROM corrections ORDER BY at DESC LIMIT ?)",
                    (KEPT,),
                )
        except (sqlite3.Error, OSError):
            return False
        return True

    def forget_beginning(self, begin: str) -> int:
        """Drop what was learned of every line that begins so; return how many."""
        if not self.path.exists():
            return 0
        try:
            with self._open() as connection:
                connection.execute("PRAGMA secure_delete=ON")
                return connection.execute(
                    "DELETE FROM corrections WHERE substr(failed, 1, ?) = ?", (len(begin), begin)
                ).rowcount
        except (sqlite3.Error, OSError):
            return 0

    def forget(self, command: str | None = None) -> int:
        """Drop what was learned of one failed line, or all; return how many."""
        if not self.path.exists():
            return 0
        where, values = ("", ()) if command is None else (" WHERE failed = ?", (command.strip(),))
        try:
            with self._open() as connection:
                return connection.execute(f"DELETE FROM corrections{where}", values).rowcount
        except (sqlite3.Error, OSError):
            return 0


def _glob(text: str) -> str:
    return "".join(f"[{letter}]" if letter in "*?[" else letter for letter in text)
