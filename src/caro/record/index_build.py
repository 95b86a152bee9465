"""Fills the index: what is new in each file, a transaction for each batch of events."""

from __future__ import annotations

import hashlib
import sqlite3
import threading
from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from caro.model import KINDS, Event
from caro.record.fingerprint import hash_of, head_of, tail_of, tail_of_stream
from caro.record.query import command_name, has_failed, is_typed, searched_text
from caro.record.reader import BadLines, Cursor, LogFile, Snapshot, scan_file
from caro.record.typed_totals import TypedCounts

BLOCK = 32
"""Events that share a row of the full-text table and a range of times."""
BATCH = 40_000
"""Events a transaction: bounds the memory, and what a ^C loses."""
SHIFT = 40
WORDS_KEPT = 50_000
Progress = Callable[[int, int], None]
"""Told the bytes indexed so far, and of how many."""
_INSERT = "INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
_INSERT_TOTALS = "INSERT INTO totals VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
_INSERT_GREP = "INSERT INTO grep (rowid, text) SELECT CAST(key AS INTEGER), value FROM json_each(?)"
KIND_NUMBERS = {kind: number for number, kind in enumerate(KINDS)}


@dataclass
class Known:
    """How far one file of the snapshot is indexed."""

    id: int
    cursor: Cursor
    bad: int


def word_id(text: str | None) -> int | None:
    """Return the number that stands for a session, a tool or a folder: a hash, so that no look-up is needed."""
    if text is None:
        return None
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big", signed=True)


Row = tuple[int, int, int, int | None, int | None, int | None, bool, float | None]
TotalsKey = tuple[int | None, int, int | None]
"""Session, kind, tool, each as the number that stands for it."""


class _Batch:
    """Rows on their way into the index."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.blocks: list[tuple[int, int, str, str]] = []
        self.times: list[str] = []
        self.texts: dict[int, str] = {}
        self.words: list[tuple[int | None, str]] = []
        self.seen: set[str] = set()
        self.totals: dict[TotalsKey, list[float]] = {}
        self.typed = TypedCounts({}, {}, {}, {})

    def count(self, key: TotalsKey, failed: bool, ms: float) -> None:
        """Add an event to the totals of its session, kind and tool: count, failures, whole and longest time."""
        sums = self.totals.get(key)
        if sums is None:
            self.totals[key] = [1, failed, ms, ms]
            return
        sums[0] += 1
        sums[1] += failed
        sums[2] += ms
        if ms > sums[3]:
            sums[3] = ms

    def end_block(self) -> None:
        """Closes the block of the rows since the last one."""
        begin = len(self.blocks) * BLOCK
        if begin < len(self.rows):
            first, last = self.rows[begin][0], self.rows[-1][0]
            self.blocks.append((first, last, min(self.times), max(self.times)))
            self.texts[first] = " ".join(self.seen).replace("\0", " ")
            self.seen.clear()
            self.times.clear()


class Builder:
    """Read what is new in each file and fill the tables, a transaction for each batch.

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
            (file.inode, head_of(file), hash_of(b"")),
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
            if event.kind == "line" and is_typed(event):
                batch.typed.add(event)
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
        kind, failed = KIND_NUMBERS.get(event.kind, -1), has_failed(event)
        batch.count((session, kind, name_id), failed, event.duration_ms or 0.0)
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
        sums = [(known.id, *key, *numbers) for key, numbers in batch.totals.items()]
        self._db.executemany(_INSERT_TOTALS, sums)
        if batch.typed.lines:
            self._db.execute(
                "INSERT INTO typed VALUES (?, ?)", (known.id, msgspec.msgpack.encode(batch.typed))
            )
        self._db.executemany("INSERT INTO bad VALUES (?, ?)", [(known.id, line) for _, line in bad.where])
        known.bad += bad.count
        bad.count = 0
        bad.where.clear()
        cursor = known.cursor
        # Halfway a compressed file has no tail: nothing can match it, it is begun anew.
        measure = tail_of_stream if file.compressed else tail_of
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
