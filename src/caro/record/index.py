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
import hashlib
import os
import sqlite3
import threading
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec

from caro.model import KINDS, Event
from caro.record.query import Filter, command_name, has_failed, searched_text
from caro.record.reader import BadLines, Cursor, LogFile, Snapshot, scan_file

SCHEMA = 1
BLOCK = 32
"""Events that share a row of the full-text table and a range of times."""
BATCH = 40_000
"""Events a transaction: bounds the memory, and what a ^C loses."""
HEAD_BYTES = 4096
TAIL_BYTES = 256
SHIFT = 40
WORDS_KEPT = 50_000
Progress = Callable[[int, int], None]
"""Told the bytes indexed so far, and of how many."""

_TABLES = """
CREATE TABLE files (id INTEGER PRIMARY KEY AUTOINCREMENT, inode INTEGER, mtime_ns INTEGER, stored INTEGER,
                    size INTEGER, lines INTEGER, bad INTEGER, head BLOB, tail BLOB);
CREATE TABLE bad (file INTEGER, lineno INTEGER);
CREATE TABLE words (id INTEGER PRIMARY KEY, text TEXT);
CREATE INDEX words_by_text ON words (text);
CREATE TABLE events (at INTEGER PRIMARY KEY, length INTEGER, kind INTEGER, session INTEGER,
                     name INTEGER, cwd INTEGER, failed INTEGER, ms REAL);
CREATE TABLE blocks (first INTEGER PRIMARY KEY, last INTEGER, since TEXT, until TEXT);
CREATE VIRTUAL TABLE grep USING fts5 (text, tokenize='trigram case_sensitive 1', detail=none, content='');
INSERT INTO grep (grep, rank) VALUES ('hashsize', 16777216);
"""
_INDEXES = """
CREATE INDEX IF NOT EXISTS by_session ON events (session);
CREATE INDEX IF NOT EXISTS by_name ON events (name);
CREATE INDEX IF NOT EXISTS by_failed ON events (failed) WHERE failed;
"""
_INSERT = "INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
_INSERT_GREP = "INSERT INTO grep (rowid, text) SELECT CAST(key AS INTEGER), value FROM json_each(?)"
_KIND_NUMBERS = {kind: number for number, kind in enumerate(KINDS)}


@dataclass
class Known:
    """How far one file of the snapshot is indexed."""

    id: int
    cursor: Cursor
    bad: int


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
        head = _head(file)
        rows = self._db.execute(
            "SELECT id, size, lines, bad, inode, mtime_ns, stored, tail FROM files WHERE head = ?", (head,)
        )
        for number, size, lines, bad, inode, mtime_ns, stored, tail in rows:
            if file.compressed:
                same = (inode, mtime_ns, stored) == (file.inode, file.mtime_ns, file.size)
            else:
                same = file.size >= size and _tail(file, size) == tail
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
            _Builder(self._db, snapshot, known, progress).run()
            self._db.executescript(_INDEXES)
            return True

    def _begin(self) -> None:
        self._db.execute("BEGIN IMMEDIATE")

    def _relink(self, file: LogFile) -> Known | None:
        """A file that was compressed since: the same plain bytes, so all its rows still hold."""
        if not file.compressed:
            return None
        rows = self._db.execute(
            "SELECT id, size, lines, bad, tail FROM files WHERE head = ?", (_head(file),)
        ).fetchall()
        for number, size, lines, bad, tail in rows:
            if _tail_of_stream(file, size) == tail:
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
        source, by = "events", f"at {order}"
        if grams := _trigrams(wanted.grep.lower()):
            # CROSS JOIN keeps this order: first the few blocks, then the events in each.
            source = "blocks CROSS JOIN events ON at BETWEEN first AND last"
            where = f"first IN (SELECT rowid FROM grep WHERE grep MATCH ?) AND {where}"
            by = f"first {order}, at {order}"
            bounds: tuple[object, ...] = (grams, begin, end)
        else:
            bounds = (begin, end)
        found = self._db.execute(
            f"SELECT at, length FROM {source} WHERE {where} ORDER BY {by}", (*bounds, *values)
        )
        for at, length in found:
            yield at - low, length

    def _range_of_times(self, begin: int, end: int, wanted: Filter) -> tuple[int, int]:
        """The rows of a file that may have started in time: one range, as a log is nearly sorted by time."""
        if not wanted.since and not wanted.until:
            return begin, end
        first, last = self._db.execute(
            "SELECT min(first), max(last) FROM blocks"
            " WHERE first >= ? AND first < ? AND until >= ? AND (? = '' OR since < ?)",
            (begin, end, wanted.since, wanted.until, wanted.until),
        ).fetchone()
        return (begin, begin) if first is None else (first, min(end, last + 1))

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
            numbers = [_KIND_NUMBERS.get(kind, -1) for kind in wanted.kinds]
            add(f"kind IN ({', '.join('?' * len(numbers))})", *numbers)
        return clauses, values


_PREFIX = "SELECT id FROM words WHERE text >= ? AND text < ?"


def _prefix_range(prefix: str) -> tuple[str, str]:
    """The texts that begin with the prefix, as a range: SQLite compares UTF-8, which sorts by code point."""
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


def _hash(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()[:16]


def _head(file: LogFile) -> bytes:
    """Hash of the first line (of its first 4 KiB): ids make it unlike that of any other log."""
    if not file.compressed:
        start = os.pread(file.fd, HEAD_BYTES, 0)
    else:
        start = b""
        with contextlib.suppress(EOFError, OSError, zlib.error), file.stream() as stream:
            start = stream.read(HEAD_BYTES)
    return _hash(start.partition(b"\n")[0])


def _tail(file: LogFile, end: int) -> bytes:
    """Hash of the last bytes before `end`: tells an edited or truncated file from one that grew."""
    start = max(0, end - TAIL_BYTES)
    return _hash(os.pread(file.fd, end - start, start))


def _tail_of_stream(file: LogFile, end: int) -> bytes:
    """The same of a compressed file, which has to be read whole for it."""
    start = max(0, end - TAIL_BYTES)
    with contextlib.suppress(EOFError, OSError, zlib.error), file.stream() as stream:
        stream.seek(start)
        return _hash(stream.read(end - start))
    return b""


@contextlib.contextmanager
def _try_lock(path: Path) -> Iterator[bool]:
    """Whether we alone hold the lock now."""
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield True
    except BlockingIOError:
        yield False
    finally:
        os.close(fd)


def word_id(text: str | None) -> int | None:
    """The number that stands for a session, a tool or a folder: a hash, so that no look-up is needed."""
    if text is None:
        return None
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big", signed=True)


Row = tuple[int, int, int, int | None, int | None, int | None, bool, float | None]


class _Batch:
    """Rows on their way into the index."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.blocks: list[tuple[int, int, str, str]] = []
        self.times: list[str] = []
        self.texts: dict[int, str] = {}
        self.words: list[tuple[int | None, str]] = []
        self.seen: set[str] = set()

    def end_block(self) -> None:
        """Closes the block of the rows since the last one."""
        begin = len(self.blocks) * BLOCK
        if begin < len(self.rows):
            first, last = self.rows[begin][0], self.rows[-1][0]
            self.blocks.append((first, last, min(self.times), max(self.times)))
            self.texts[first] = " ".join(self.seen).replace("\0", " ")
            self.seen.clear()
            self.times.clear()


class _Builder:
    """Reads what is new in each file and fills the tables, a transaction for each batch.

    The full-text rows are half of the work. They go in by one statement a batch, in a thread: SQLite runs
    it without the interpreter's lock, while the next batch is decoded. (`executemany` in a thread would take
    the lock for each row, and wait for it 5 ms each time.)
    """

    def __init__(
        self,
        db: sqlite3.Connection,
        snapshot: Snapshot,
        known: list[Known | None],
        progress: Progress | None,
    ) -> None:
        self._db = db
        self._pairs = list(zip(snapshot.files, known, strict=True))
        self._progress = progress
        self._total = sum(file.size for file in snapshot.files)
        self._done = 0
        self._words: dict[str | None, int | None] = {None: None}
        self._grep: threading.Thread | None = None
        self._grep_error: Exception | None = None

    def run(self) -> None:
        try:
            for file, known in self._pairs:
                if known is None or not (file.compressed or known.cursor.offset == file.size):
                    self._index_file(file, known or self._new_file(file))
                self._done += file.size
        finally:
            if self._grep is not None:
                self._grep.join()

    def _new_file(self, file: LogFile) -> Known:
        cursor = self._db.execute(
            "INSERT INTO files (inode, mtime_ns, stored, size, lines, bad, head, tail)"
            " VALUES (?, 0, 0, 0, 0, 0, ?, ?)",
            (file.inode, _head(file), _hash(b"")),
        )
        assert cursor.lastrowid is not None
        return Known(cursor.lastrowid, Cursor(), 0)

    def _index_file(self, file: LogFile, known: Known) -> None:
        bad = BadLines()
        cursor = known.cursor
        low = known.id << SHIFT
        batch = _Batch()
        at = -1
        for offset, length, event in scan_file(file, bad, cursor, whole_lines=True):
            # A batch ends between lines only: what was torn may give several events for one line.
            if len(batch.rows) >= BATCH and at < low | cursor.offset:
                self._write(file, known, batch, bad, whole=False)
                batch = _Batch()
            at = low | offset
            batch.rows.append(self._row(at, length, event, batch))
            batch.times.append(event.ts)
            batch.seen.update(searched_text(event).split())
            if len(batch.rows) % BLOCK == 0:
                batch.end_block()
        self._write(file, known, batch, bad, whole=True)
        self._finish_batch()

    def _row(self, at: int, length: int, event: Event, batch: _Batch) -> Row:
        known = self._words
        name = command_name(event)
        try:
            session, name_id, cwd = known[event.session_id], known[name], known[event.cwd]
        except KeyError:
            session, name_id, cwd = (
                self._new_word(text, batch) for text in (event.session_id, name, event.cwd)
            )
        kind, failed = _KIND_NUMBERS.get(event.kind, -1), has_failed(event)
        return at, length, kind, session, name_id, cwd, failed, event.duration_ms

    def _new_word(self, text: str | None, batch: _Batch) -> int | None:
        if text not in self._words:
            if len(self._words) >= WORDS_KEPT:
                self._words = {None: None}
            number = self._words[text] = word_id(text)
            batch.words.append((number, text or ""))
        return self._words[text]

    def _write(self, file: LogFile, known: Known, batch: _Batch, bad: BadLines, whole: bool) -> None:
        """Rows and how far they reach, in one transaction: a reader sees both or neither."""
        self._finish_batch()
        batch.end_block()
        self._db.execute("BEGIN IMMEDIATE")
        self._db.executemany("INSERT INTO blocks VALUES (?, ?, ?, ?)", batch.blocks)
        self._db.executemany("INSERT OR IGNORE INTO words VALUES (?, ?)", batch.words)
        self._db.executemany(_INSERT, batch.rows)
        self._db.executemany("INSERT INTO bad VALUES (?, ?)", [(known.id, line) for _, line in bad.where])
        known.bad += bad.count
        bad.count = 0
        bad.where.clear()
        cursor = known.cursor
        # Halfway a compressed file has no tail: nothing can match it, it is begun anew.
        measure = _tail_of_stream if file.compressed else _tail
        tail = measure(file, cursor.offset) if whole or not file.compressed else b""
        self._db.execute(
            "UPDATE files SET size=?, lines=?, bad=?, tail=?, inode=?, mtime_ns=?, stored=? WHERE id=?",
            (cursor.offset, cursor.lines, known.bad, tail, file.inode, file.mtime_ns, file.size, known.id),
        )
        texts = msgspec.json.encode(batch.texts).decode()
        self._grep = threading.Thread(target=self._write_grep, args=(texts,))
        self._grep.start()
        if self._progress is not None:
            self._progress(self._done + (0 if file.compressed else cursor.offset), self._total)

    def _write_grep(self, texts: str) -> None:
        try:
            self._db.execute(_INSERT_GREP, (texts,))
        except sqlite3.Error as error:
            self._grep_error = error

    def _finish_batch(self) -> None:
        if self._grep is None:
            return
        self._grep.join()
        self._grep = None
        if self._grep_error is not None:
            raise self._grep_error
        self._db.execute("COMMIT")
