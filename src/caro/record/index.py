"""The SQLite index beside the log: a cache that answers filters fast, and can be deleted at any time.

It holds no events, only where each stands and what filters ask for. A query takes rows that *may* match
from SQLite, reads those events from the log and applies the filter itself: the answer is that of a scan.
What is not indexed yet is scanned. Whatever goes wrong here (corrupt, locked, no space) falls back to the
scan, which goes on behind the last event that was given out.

Times and words are kept for blocks of `BLOCK` events: a log is nearly sorted by time, and people run the same
few commands again and again, so that is a fraction of the work. What matches names a block, whose events are
then looked at.

A row id says where an event stands: id of the file << 40 | offset in its plain bytes. Rows of one file thus
sort as they were written, and are one range.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import msgspec

from caro.model import KINDS
from caro.record.fingerprint import head_of, tail_of, tail_of_stream
from caro.record.index_build import KIND_NUMBERS, SHIFT, Builder, Known, Progress, word_id
from caro.record.query import Filter
from caro.record.reader import Cursor, LogFile, Snapshot
from caro.record.typed_totals import TypedCounts

__all__ = ["Index", "Known", "Progress"]

SCHEMA = 4

_TABLES = """
CREATE TABLE files (id INTEGER PRIMARY KEY AUTOINCREMENT, inode INTEGER, mtime_ns INTEGER, stored INTEGER,
                    size INTEGER, lines INTEGER, bad INTEGER, head BLOB, tail BLOB);
CREATE TABLE bad (file INTEGER, lineno INTEGER);
CREATE TABLE words (id INTEGER PRIMARY KEY, text TEXT);
CREATE INDEX words_by_text ON words (text);
CREATE TABLE events (at INTEGER PRIMARY KEY, length INTEGER, kind INTEGER, session INTEGER,
                     name INTEGER, cwd INTEGER, failed INTEGER, ms REAL);
CREATE TABLE totals (file INTEGER, session INTEGER, kind INTEGER, name INTEGER,
                     count INTEGER, failed INTEGER, total_ms REAL, max_ms REAL);
CREATE TABLE typed (file INTEGER, counts BLOB);
CREATE TABLE blocks (first INTEGER PRIMARY KEY, last INTEGER, since TEXT, until TEXT);
CREATE VIRTUAL TABLE grep USING fts5 (text, tokenize='trigram case_sensitive 1', detail=none, content='');
INSERT INTO grep (grep, rank) VALUES ('hashsize', 16777216);
"""
_INDEXES = """
CREATE INDEX IF NOT EXISTS by_session ON events (session);
CREATE INDEX IF NOT EXISTS by_name ON events (name);
CREATE INDEX IF NOT EXISTS by_failed ON events (failed) WHERE failed;
"""


class Index:
    """One connection to the index of one log. Raises sqlite3.Error and OSError; `caro.record.find` catches."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        self._db = sqlite3.connect(path, timeout=2.0, isolation_level=None, check_same_thread=False)
        try:
            self._prepare()
        except BaseException:
            self._db.close()
            raise

    def _prepare(self) -> None:
        self._db.execute("PRAGMA journal_mode=WAL")
        # A crash of the machine may corrupt it: then it is made anew. That is cheaper than waiting for disks.
        self._db.execute("PRAGMA synchronous=OFF")
        self._db.execute("PRAGMA cache_size=-32000")
        (version,) = self._db.execute("PRAGMA user_version").fetchone()
        if version not in (0, SCHEMA):
            raise sqlite3.DatabaseError(f"index of another version ({version})")

    @property
    def ready(self) -> bool:
        return bool(self._db.execute("PRAGMA user_version").fetchone()[0])

    def close(self) -> None:
        self._db.close()

    # What is known of the files

    def known_files(self, snapshot: Snapshot) -> list[Known | None]:
        """For each file of the snapshot how far it is indexed, or None."""
        return [self._known(file) for file in snapshot.files] if self.ready else [None] * len(snapshot.files)

    def _known(self, file: LogFile) -> Known | None:
        head = head_of(file)
        rows = self._db.execute(
            "SELECT id, size, lines, bad, inode, mtime_ns, stored, tail FROM files WHERE head = ?", (head,)
        )
        for number, size, lines, bad, inode, mtime_ns, stored, tail in rows:
            if file.compressed:
                same = (inode, mtime_ns, stored) == (file.inode, file.mtime_ns, file.size)
            else:
                same = file.size >= size and tail_of(file, size) == tail
            if same:
                return Known(number, Cursor(size, lines), bad)
        return None

    # Building

    def update(self, snapshot: Snapshot, progress: Progress | None = None) -> bool:
        """Indexes what is new; False where another process is at it."""
        with _try_lock(self.path.with_name(self.path.name + ".lock")) as mine:
            if not mine:
                return False
            fresh = not self.ready
            if fresh:
                self._begin()
                for statement in _TABLES.strip().split(";\n"):
                    self._db.execute(statement)
                self._db.execute(f"PRAGMA user_version={SCHEMA}")
                self._db.execute("COMMIT")
            known = [self._known(file) or self._relink(file) for file in snapshot.files]
            self._forget_others({row.id for row in known if row is not None})
            Builder(self._db, snapshot, known, progress).run()
            self._db.executescript(_INDEXES)
            return True

    def _begin(self) -> None:
        self._db.execute("BEGIN IMMEDIATE")

    def _relink(self, file: LogFile) -> Known | None:
        """Return a file that was compressed since: the same plain bytes, so all its rows still hold."""
        if not file.compressed:
            return None
        rows = self._db.execute(
            "SELECT id, size, lines, bad, tail FROM files WHERE head = ?", (head_of(file),)
        ).fetchall()
        for number, size, lines, bad, tail in rows:
            if tail_of_stream(file, size) == tail:
                self._db.execute(
                    "UPDATE files SET inode = ?, mtime_ns = ?, stored = ? WHERE id = ?",
                    (file.inode, file.mtime_ns, file.size, number),
                )
                return Known(number, Cursor(size, lines), bad)
        return None

    def _forget_others(self, kept: set[int]) -> None:
        for (number,) in self._db.execute("SELECT id FROM files").fetchall():
            if number not in kept:
                self._begin()
                rows = (number << SHIFT, (number + 1) << SHIFT)
                # The full-text rows stay behind, unreachable: without the text FTS5 can't delete them.
                # Erasing for privacy therefore deletes the whole index (erase.py).
                self._db.execute("DELETE FROM events WHERE at >= ? AND at < ?", rows)
                self._db.execute("DELETE FROM blocks WHERE first >= ? AND first < ?", rows)
                self._db.execute("DELETE FROM bad WHERE file = ?", (number,))
                self._db.execute("DELETE FROM totals WHERE file = ?", (number,))
                self._db.execute("DELETE FROM typed WHERE file = ?", (number,))
                self._db.execute("DELETE FROM files WHERE id = ?", (number,))
                self._db.execute("COMMIT")

    # Asking

    def rows(self, known: Known, wanted: Filter, newest_first: bool) -> Iterator[tuple[int, int]]:
        """Offset and length of the events of one file that may match, in order."""
        low = known.id << SHIFT
        begin, end = self._range_of_times(low, low + known.cursor.offset, wanted)
        clauses, values = self._conditions(wanted)
        where = " AND ".join(["at >= ?", "at < ?", *clauses])
        order = "DESC" if newest_first else "ASC"
        found = self._db.execute(
            f"SELECT at, length FROM events WHERE {where} ORDER BY at {order}", (begin, end, *values)
        )
        for at, length in found:
            yield at - low, length

    def blocks(self, known: Known, wanted: Filter, newest_first: bool) -> Iterator[tuple[int, int]] | None:
        """Offset and length of the parts of one file in which `wanted.grep` may stand, in order: each some events one
        behind the other. None where it has no three letters together to look them up by."""
        grams = _trigrams(wanted.grep.lower())
        return self._blocks(known, wanted, grams, newest_first) if grams else None

    def _blocks(
        self, known: Known, wanted: Filter, grams: str, newest_first: bool
    ) -> Iterator[tuple[int, int]]:
        low = known.id << SHIFT
        begin, end = self._range_of_times(low, low + known.cursor.offset, wanted)
        clauses, values = self._conditions(wanted)
        # Of the few blocks those that also hold an event of the rest: a session's, a failed one.
        narrow = ""
        if clauses and wanted != Filter(grep=wanted.grep, kinds=wanted.kinds):
            narrow = f" AND EXISTS (SELECT 1 FROM events WHERE at BETWEEN first AND last AND {' AND '.join(clauses)})"
        found = self._db.execute(
            "SELECT first, last, (SELECT length FROM events WHERE at = last) FROM blocks"
            f" WHERE first >= ? AND first < ? AND first IN (SELECT rowid FROM grep WHERE grep MATCH ?){narrow}"
            f" ORDER BY first {'DESC' if newest_first else 'ASC'}",
            (begin, end, grams, *(values if narrow else ())),
        )
        for first, last, length in found:
            yield first - low, last - first + length

    def _range_of_times(self, begin: int, end: int, wanted: Filter) -> tuple[int, int]:
        """Return the rows of a file that may have started in time: one range, as a log is nearly sorted by time."""
        if not wanted.since and not wanted.until:
            return begin, end
        first, last = self._db.execute(
            "SELECT min(first), max(last) FROM blocks"
            " WHERE first >= ? AND first < ? AND until >= ? AND (? = '' OR since < ?)",
            (begin, end, wanted.since, wanted.until, wanted.until),
        ).fetchone()
        return (begin, begin) if first is None else (first, min(end, last + 1))

    # Summing up

    @staticmethod
    def can_sum(wanted: Filter) -> bool:
        """True if the index alone answers the filter, but for the ends of a range of times."""
        known = bool(wanted.kinds) and all(kind in KIND_NUMBERS for kind in wanted.kinds)
        return known and not wanted.grep and not wanted.agent and "/" not in wanted.command

    def _summed(self, known: Known, wanted: Filter) -> tuple[str, list[object]]:
        """Return FROM and WHERE of the totals, or else of the events, of one file that match: of a range of times,
        those in blocks that lie in it whole."""
        if _is_coarse(wanted):
            clauses, values = self._conditions(wanted)
            return f"totals WHERE {' AND '.join(['file = ?', *clauses])}", [known.id, *values]
        return self._summed_events(known, wanted)

    def _summed_events(self, known: Known, wanted: Filter) -> tuple[str, list[object]]:
        clauses, values = self._conditions(wanted)
        bounds: list[object] = [known.id << SHIFT, known.id << SHIFT | known.cursor.offset]
        if not wanted.since and not wanted.until:
            return f"events WHERE {' AND '.join(['at >= ?', 'at < ?', *clauses])}", [*bounds, *values]
        # NOT INDEXED, and bounded by the block alone: SQLite would go through all events for each block.
        join = "blocks CROSS JOIN events NOT INDEXED ON at BETWEEN first AND last"
        times: list[object] = [wanted.since, wanted.until, wanted.until]
        where = ["first >= ?", "first < ?", "since >= ?", "(? = '' OR until < ?)", *clauses]
        return f"{join} WHERE {' AND '.join(where)}", [*bounds, *times, *values]

    def sums(self, known: Known, wanted: Filter) -> Iterator[tuple[str, int, int, float, float]]:
        """Tool, count, failures, whole and longest time in ms of one file's events; only where `can_sum`."""
        numbers = "count(*), sum(failed), sum(coalesce(ms, 0)), max(coalesce(ms, 0))"
        if _is_coarse(wanted):
            numbers = "sum(count), sum(failed), sum(total_ms), max(max_ms)"
        source, values = self._summed(known, wanted)
        found = self._db.execute(f"SELECT name, kind, {numbers} FROM {source} GROUP BY name, kind", values)
        words: dict[int, str] = {}
        for name, kind, *sums in found.fetchall():
            yield self._word(name, words) or KINDS[kind], *sums

    def rows_at_the_ends(self, known: Known, wanted: Filter) -> list[tuple[int, int]]:
        """Offset and length of the events that `sums` leaves out: in blocks that reach over an end of the times."""
        if not wanted.since and not wanted.until:
            return []
        low = known.id << SHIFT
        clauses, values = self._conditions(wanted)
        rows = self._db.execute(
            "SELECT at, length FROM blocks CROSS JOIN events NOT INDEXED ON at BETWEEN first AND last"
            " WHERE first >= ? AND first < ? AND until >= ? AND (? = '' OR since < ?)"
            " AND NOT (since >= ? AND (? = '' OR until < ?))"
            f" AND {' AND '.join(clauses)} ORDER BY at",
            (low, low + known.cursor.offset, wanted.since, wanted.until, wanted.until,
             wanted.since, wanted.until, wanted.until, *values),
        )  # fmt: skip
        return [(at - low, length) for at, length in rows]

    def _word(self, number: int, words: dict[int, str]) -> str:
        if number not in words:
            row = self._db.execute("SELECT text FROM words WHERE id = ?", (number,)).fetchone()
            if row is None:
                raise sqlite3.DatabaseError("a tool has lost its name")
            (words[number],) = row
        return words[number]

    def session_numbers(self, known: Known, wanted: Filter) -> set[int]:
        """Return the numbers (`word_id`) of the sessions that the summed events belong to; only where `can_sum`."""
        source, values = self._summed(known, wanted)
        rows = self._db.execute(f"SELECT DISTINCT session FROM {source}", values)
        return {number for (number,) in rows if number not in (None, word_id(""))}

    def slowest_rows(self, known: Known, wanted: Filter, count: int) -> list[tuple[int, int]]:
        """Offset and length of the slowest summed events of one file, slowest first; only where `can_sum`."""
        low = known.id << SHIFT
        source, values = self._summed_events(known, wanted)
        rows = self._db.execute(
            f"SELECT at, length FROM {source} ORDER BY coalesce(ms, 0) DESC, at LIMIT ?", (*values, count)
        )
        return [(at - low, length) for at, length in rows]

    def typed(self, known: Known) -> Iterator[TypedCounts]:
        """Yield the counts of one file's typed lines, for some thousand events each."""
        decode = msgspec.msgpack.Decoder(TypedCounts).decode
        for (counts,) in self._db.execute("SELECT counts FROM typed WHERE file = ?", (known.id,)):
            try:
                yield decode(counts)
            except msgspec.MsgspecError as error:
                raise sqlite3.DatabaseError(f"counts of typed lines: {error}") from None

    def bad_lines(self, known: Known) -> list[int]:
        rows = self._db.execute("SELECT lineno FROM bad WHERE file = ? ORDER BY lineno", (known.id,))
        return [lineno for (lineno,) in rows]

    def _conditions(self, wanted: Filter) -> tuple[list[str], list[object]]:
        clauses: list[str] = []
        values: list[object] = []

        def add(clause: str, *of: object) -> None:
            clauses.append(clause)
            values.extend(of)

        if wanted.session:
            add(f"session IN ({_PREFIX})", *_prefix_range(wanted.session))
        # A path may be what really ran under another name: that is seen in the event alone.
        if wanted.command and "/" not in wanted.command:
            add("name = ?", word_id(wanted.command))
        if wanted.cwd:
            parts = [f"cwd = ? OR cwd IN ({_PREFIX})" for _ in wanted.cwd]
            below = [(word_id(folder), *_prefix_range(folder.rstrip("/") + "/")) for folder in wanted.cwd]
            add(f"({' OR '.join(parts)})", *[value for values in below for value in values])
        if wanted.failed:
            add("failed")
        if wanted.slower is not None:
            add("ms >= ?", wanted.slower)
        if wanted.kinds:
            numbers = [KIND_NUMBERS.get(kind, -1) for kind in wanted.kinds]
            add(f"kind IN ({', '.join('?' * len(numbers))})", *numbers)
        return clauses, values


def _is_coarse(wanted: Filter) -> bool:
    """True if it asks for sessions, tools and kinds, and nothing finer: the totals have the answer."""
    return wanted == Filter(session=wanted.session, command=wanted.command, kinds=wanted.kinds)


_PREFIX = "SELECT id FROM words WHERE text >= ? AND text < ?"


def _prefix_range(prefix: str) -> tuple[str, str]:
    """Return the texts that begin with the prefix, as a range: SQLite compares UTF-8, which sorts by code point."""
    stem = prefix.rstrip("\U0010ffff")
    if not stem:
        return prefix, "\U0010ffff" * 64
    after = ord(stem[-1]) + 1
    return prefix, stem[:-1] + chr(0xE000 if after == 0xD800 else after)


def _trigrams(needle: str) -> str:
    """The FTS5 question for all texts that hold every trigram of the needle's words; empty where there is none."""
    words = needle.replace("\0", " ").split()
    grams = dict.fromkeys(word[at : at + 3] for word in words for at in range(len(word) - 2))
    return " ".join('"' + gram.replace('"', '""') + '"' for gram in list(grams)[:32])


@contextlib.contextmanager
def _try_lock(path: Path) -> Iterator[bool]:
    """True if we alone hold the lock now."""
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield True
    except BlockingIOError:
        yield False
    finally:
        os.close(fd)
