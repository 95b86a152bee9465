"""Verdicts by rule set, so that a second replay judges only what is new. It holds hashes of lines, never their text."""

from __future__ import annotations

import contextlib
import hashlib
import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path

from caro import __version__
from caro.addition import Addition
from caro.settings import Settings

RULE_SETS = 4
_KEY_BYTES = 16


def rule_set(settings: Settings, policy: Addition) -> str:
    """Return a name for all that verdicts depend on but the line: version, configuration, additions, the policy."""
    total = hashlib.sha256(__version__.encode())
    for part in (sorted(settings.values.items()), sorted(settings.environments.items()), policy.table):
        total.update(repr(part).encode())
    for one in settings.additions:
        total.update(repr((one.layer, one.table, sorted(one.files.items()), one.root, one.enforced)).encode())
    return total.hexdigest()[:32]


class VerdictCache:
    """One file; None: nothing is kept. What can't be read or written is as if it were not there."""

    def __init__(self, file: Path | None) -> None:
        self._file = file

    def _open(self) -> sqlite3.Connection | None:
        if self._file is None:
            return None
        try:
            self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            base = sqlite3.connect(self._file, timeout=1)
            base.execute("CREATE TABLE IF NOT EXISTS sets (name TEXT PRIMARY KEY, at INTEGER)")
            base.execute(
                "CREATE TABLE IF NOT EXISTS verdicts (name TEXT, key BLOB, before INTEGER, after INTEGER, rule TEXT,"
                " PRIMARY KEY (name, key)) WITHOUT ROWID"
            )
            return base
        except (OSError, sqlite3.Error):
            return None

    def read(
        self, name: str, keys: Sequence[tuple[str, str, str]]
    ) -> dict[tuple[str, str, str], tuple[int, int, str]]:
        """Return the verdicts that are known of the keys."""
        base = self._open()
        if base is None:
            return {}
        with contextlib.closing(base):
            try:
                rows = base.execute("SELECT key, before, after, rule FROM verdicts WHERE name = ?", (name,))
                known = {row[0]: (row[1], row[2], row[3]) for row in rows}
            except sqlite3.Error:
                return {}
        if not known:
            return {}
        hashed = ((key, known.get(_hash(key))) for key in keys)
        return {key: verdict for key, verdict in hashed if verdict is not None}

    def write(self, name: str, verdicts: Iterable[tuple[tuple[str, str, str], tuple[int, int, str]]]) -> None:
        """Keep verdicts; of rule sets the newest few."""
        base = self._open()
        if base is None:
            return
        with contextlib.closing(base), contextlib.suppress(sqlite3.Error), base:
            base.execute("INSERT OR REPLACE INTO sets SELECT ?, coalesce(max(at), 0) + 1 FROM sets", (name,))
            base.executemany(
                "INSERT OR REPLACE INTO verdicts VALUES (?, ?, ?, ?, ?)",
                ((name, _hash(key), *verdict) for key, verdict in verdicts),
            )
            newest = f"SELECT name FROM sets ORDER BY at DESC LIMIT {RULE_SETS}"
            base.execute(f"DELETE FROM verdicts WHERE name NOT IN ({newest})")
            base.execute(f"DELETE FROM sets WHERE name NOT IN ({newest})")


def _hash(key: tuple[str, str, str]) -> bytes:
    return hashlib.blake2b("\0".join(key).encode("utf-8", "surrogatepass"), digest_size=_KEY_BYTES).digest()
