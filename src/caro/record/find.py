"""Answers a filter from a log: by the index where that pays, else by a scan; the answer is the same."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, TypeVar

from caro.model import Event
from caro.record.index import Index, Known, Progress
from caro.record.index_build import word_id
from caro.record.index_file import delete_index
from caro.record.last import events_near_end, last_events
from caro.record.query import SHOWN_KINDS, Filter
from caro.record.reader import BadLines, Cursor, LogFile, Snapshot, decode_line, place_line, scan_file
from caro.record.totals import SLOWEST, Totals
from caro.record.typed_totals import TypedTotals

SCAN_BYTES = 16 << 20
"""Up to so many bytes that are not indexed are scanned: that is faster than starting to index."""
Summed = TypeVar("Summed")


_PASSING = (
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_PERM,
)


class _Stale(Exception):
    """The index leads to a place where no event stands."""


def find_events(
    snapshot: Snapshot,
    wanted: Filter,
    bad: BadLines,
    *,
    count: int | None = None,
    index: Path | None = None,
    progress: Progress | None = None,
) -> Iterator[Event]:
    """Yield the events that match, in the order they were written; with `count`, the last so many.

    `index` is where the index lies or may be made; without it, or where it fails, the log is scanned.
    """
    if not _narrows(wanted):
        return _without_index(snapshot, wanted, bad, count)
    if count is not None and index is not None and _is_behind(snapshot, index):
        # The newest lines are no reason to wait until millions of others are indexed.
        near = events_near_end(snapshot, wanted, count, SCAN_BYTES)
        if near is not None:
            return iter(near)
    opened = _open_index(snapshot, index, progress)
    if opened is None:
        return _without_index(snapshot, wanted, bad, count)
    query = _Query(snapshot, wanted, bad, *opened)
    return query.run() if count is None else iter(query.last(count))


def _narrows(wanted: Filter) -> bool:
    """True if the filter leaves out more than the kinds that are left out anyway."""
    return wanted not in (Filter(), Filter(kinds=SHOWN_KINDS))


def _without_index(snapshot: Snapshot, wanted: Filter, bad: BadLines, count: int | None) -> Iterator[Event]:
    if count is not None:
        return iter(last_events(snapshot, wanted, count))
    return scan_events(snapshot, wanted, bad)


def scan_events(snapshot: Snapshot, wanted: Filter, bad: BadLines) -> Iterator[Event]:
    for file in snapshot.files:
        for _, _, event in scan_file(file, bad):
            if wanted.matches(event):
                yield event


def _is_behind(snapshot: Snapshot, path: Path) -> bool:
    """True if the index would have to be made, or brought up to date, first."""
    if sum(file.size for file in snapshot.files) <= SCAN_BYTES:
        return False
    if not path.exists():
        return True
    try:
        with contextlib.closing(Index(path)) as index:
            return _unknown_bytes(snapshot, index.known_files(snapshot)) > SCAN_BYTES
    except (sqlite3.Error, OSError):
        return False  # who opens it next finds out what to do about that


def _open_index(
    snapshot: Snapshot, path: Path | None, progress: Progress | None
) -> tuple[Index, list[Known | None]] | None:
    """Return the index and how far it knows each file; brought up to date, or made anew, where that pays."""
    size = sum(file.size for file in snapshot.files)
    if path is None or (size <= SCAN_BYTES and not path.exists()):
        return None
    for _ in range(2):
        index: Index | None = None
        try:
            index = Index(path)
            known = index.known_files(snapshot)
            if _unknown_bytes(snapshot, known) > SCAN_BYTES and index.update(snapshot, progress):
                known = index.known_files(snapshot)
            return index, known
        except (sqlite3.Error, OSError) as error:
            if index is not None:
                index.close()
            _discard(path, error)
    return None


def _unknown_bytes(snapshot: Snapshot, known: list[Known | None]) -> int:
    total = 0
    for file, row in zip(snapshot.files, known, strict=True):
        if row is None:
            total += file.size * (8 if file.compressed else 1)
        elif not file.compressed:
            total += file.size - row.cursor.offset
    return total


def _discard(path: Path, error: BaseException) -> None:
    """Deletes an index that is broken. One that is only busy, or can't be written, is left alone."""
    passing = isinstance(error, OSError) or (
        isinstance(error, sqlite3.Error) and getattr(error, "sqlite_errorcode", 0) & 0xFF in _PASSING
    )
    if not passing:
        with contextlib.suppress(OSError):
            delete_index(path)


def count_events(
    snapshot: Snapshot,
    wanted: Filter,
    bad: BadLines,
    *,
    index: Path | None = None,
    progress: Progress | None = None,
) -> Totals:
    """Return the totals of the events that match. The index sums up what it knows; what is newer is scanned."""
    if Index.can_sum(wanted) and (opened := _open_index(snapshot, index, progress)) is not None:
        totals = _summed(snapshot, wanted, bad, opened, _Sum.run_totals)
        return totals_of(scan_events(snapshot, wanted, bad)) if totals is None else totals
    return totals_of(find_events(snapshot, wanted, bad, index=index, progress=progress))


def totals_of(events: Iterable[Event]) -> Totals:
    totals = Totals()
    for event in events:
        totals.add_event(event, word_id(event.session_id or None))
    return totals


def count_typed(
    snapshot: Snapshot,
    wanted: Filter,
    bad: BadLines,
    *,
    index: Path | None = None,
    progress: Progress | None = None,
) -> TypedTotals:
    """Return the totals of the typed lines that match. Where all are asked for the index has counted what it knows."""
    whole = wanted == Filter(kinds=("line",), people=True)
    if whole and (opened := _open_index(snapshot, index, progress)) is not None:
        summed = _summed(snapshot, wanted, bad, opened, _Sum.run_typed)
        if summed is not None:
            return summed
    totals = TypedTotals()
    totals.add(find_events(snapshot, wanted, bad, index=index, progress=progress))
    return totals


def _summed(
    snapshot: Snapshot,
    wanted: Filter,
    bad: BadLines,
    opened: tuple[Index, list[Known | None]],
    run: Callable[[_Sum], Summed],
) -> Summed | None:
    """Return what an index sums up, and close it; None: it is broken."""
    index, known = opened
    summed_bad = BadLines()
    try:
        totals = run(_Sum(snapshot, wanted, summed_bad, index, known))
    except (sqlite3.Error, _Stale) as error:
        _discard(index.path, error)
        return None
    finally:
        index.close()
    bad.take(summed_bad)
    return totals


class _Query:
    def __init__(
        self, snapshot: Snapshot, wanted: Filter, bad: BadLines, index: Index, known: list[Known | None]
    ) -> None:
        self._wanted = wanted
        self._snapshot = snapshot
        self._bad = bad
        self._index = index
        self._pairs = list(zip(snapshot.files, known, strict=True))

    def run(self) -> Iterator[Event]:
        try:
            for file, known in self._pairs:
                given = -1
                try:
                    for offset, event in self._indexed(file, known):
                        given = offset
                        yield event
                    cursor = Cursor(known.cursor.offset, known.cursor.lines) if known else Cursor()
                except (sqlite3.Error, _Stale) as error:
                    # Nothing is lost: the scan takes over behind the last event that was given out.
                    _discard(self._index.path, error)
                    self._pairs = [(other, None) for other, _ in self._pairs]
                    cursor = Cursor()
                yield from self._rest(file, cursor, given)
        finally:
            self._index.close()

    def _rest(self, file: LogFile, cursor: Cursor, given: int) -> Iterator[Event]:
        if file.compressed and cursor.offset:
            return
        for offset, _, event in scan_file(file, self._bad, cursor):
            if offset > given and self._wanted.matches(event):
                yield event

    def _indexed(
        self, file: LogFile, known: Known | None, newest_first: bool = False
    ) -> Iterator[tuple[int, Event]]:
        if known is None:
            return
        self._note_bad(file, known)
        with contextlib.ExitStack() as stack:
            stream = stack.enter_context(file.stream()) if file.compressed else None
            blocks = self._index.blocks(known, self._wanted, newest_first)
            if blocks is not None:
                for offset, length in _joined(blocks):
                    yield from self._of_block(offset, _read_bytes(file, stream, offset, length), newest_first)
                return
            for offset, length in self._index.rows(known, self._wanted, newest_first):
                event = _read_event(file, stream, offset, length)
                if self._wanted.matches(event):
                    yield offset, event

    def _of_block(self, offset: int, data: bytes, newest_first: bool) -> Iterator[tuple[int, Event]]:
        """Yield what matches of whole lines that stand one behind the other from an offset on."""
        if not place_line(offset, next(_lines_of(data), (0, b""))[1]):
            raise _Stale
        lines = lines_with(data, self._wanted.grep)
        for start, line in reversed(list(lines)) if newest_first else lines:
            placed = place_line(offset + start, line)
            for at, _, event in reversed(placed) if newest_first else placed:
                if self._wanted.matches(event):
                    yield at, event

    def _note_bad(self, file: LogFile, known: Known) -> None:
        """Count the unreadable lines that were met when the file was indexed."""
        self._bad.count += known.bad
        self._bad.where.extend((str(file.path), lineno) for lineno in self._index.bad_lines(known))

    def last(self, count: int) -> list[Event]:
        """Return the last `count` events that match, oldest first."""
        found: list[Event] = []
        try:
            for file, known in reversed(self._pairs):
                if count > len(found):
                    found.extend(self._last_of_file(file, known, count - len(found)))
            return found[::-1]
        except (sqlite3.Error, _Stale) as error:
            _discard(self._index.path, error)
            return last_events(self._snapshot, self._wanted, count)
        finally:
            self._index.close()

    def _last_of_file(self, file: LogFile, known: Known | None, count: int) -> Iterator[Event]:
        """Newest first."""
        cursor = Cursor(known.cursor.offset, known.cursor.lines) if known else Cursor()
        newest = deque(self._rest(file, cursor, -1), maxlen=count)
        yield from reversed(newest)
        left = count - len(newest)
        if left <= 0:
            return
        if file.compressed:
            # It can only be read forwards.
            yield from reversed(deque((event for _, event in self._indexed(file, known)), maxlen=left))
            return
        for _, event in self._indexed(file, known, newest_first=True):
            yield event
            left -= 1
            if left == 0:
                return


class _Sum(_Query):
    """Add the index's totals of each file to those of the events behind them."""

    def run_totals(self) -> Totals:
        totals = Totals()
        for file, known in self._pairs:
            cursor = Cursor()
            if known is not None:
                self._add_summed(totals, file, known)
                cursor = Cursor(known.cursor.offset, known.cursor.lines)
            for event in self._rest(file, cursor, -1):
                totals.add_event(event, word_id(event.session_id or None))
        return totals

    def run_typed(self) -> TypedTotals:
        totals = TypedTotals()
        for file, known in self._pairs:
            cursor = Cursor()
            if known is not None:
                self._note_bad(file, known)
                for counts in self._index.typed(known):
                    totals.add_counts(counts)
                cursor = Cursor(known.cursor.offset, known.cursor.lines)
            totals.add(self._rest(file, cursor, -1))
        return totals

    def _add_summed(self, totals: Totals, file: LogFile, known: Known) -> None:
        self._note_bad(file, known)
        slow: list[tuple[int, int, bool]] = []
        sums = list(self._index.sums(known, self._wanted))
        for name, count, failed, total_ms, max_ms in sums:
            totals.tool(name).add(count, failed, total_ms, max_ms)
        if sums:  # else each of the questions goes through all events for nothing
            totals.sessions |= self._index.session_numbers(known, self._wanted)
            slow = [(*row, True) for row in self._index.slowest_rows(known, self._wanted, SLOWEST)]
        cut = [(*row, False) for row in self._index.rows_at_the_ends(known, self._wanted)]
        with contextlib.ExitStack() as stack:
            stream = stack.enter_context(file.stream()) if file.compressed else None
            for offset, length, summed in sorted([*slow, *cut]):
                event = _read_event(file, stream, offset, length)
                if summed:
                    totals.offer_slow(event)
                elif self._wanted.matches(event):
                    totals.add_event(event, word_id(event.session_id or None))


def lines_with(data: bytes, needle: str) -> Iterator[tuple[int, bytes]]:
    """Yield the lines, with their places, whose event may have the needle in its searched text, whatever the case.

    A line is left out where the needle's longest word stands nowhere in it as it is: in one without a backslash JSON
    says each letter by itself (RFC 8259, section 7), and in ASCII a letter has one capital.
    """
    word = max(needle.lower().split(), key=len, default="")
    if not word.isascii() or "\\" in word or '"' in word:
        yield from _lines_of(data)
    elif not data.isascii():
        for at, line in _lines_of(data):
            if b"\\" in line or not line.isascii() or word.encode() in line.lower():
                yield at, line
    else:
        yield from _lines_with_either(data, data.lower(), word.encode(), b"\\")


def _lines_with_either(data: bytes, folded: bytes, one: bytes, other: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield the lines of `data` in whose place `folded` has one of the two."""
    end, nowhere = 0, len(data)
    first = second = -1
    while end < nowhere:
        if first < end and (first := folded.find(one, end)) < 0:
            first = nowhere
        if second < end and (second := folded.find(other, end)) < 0:
            second = nowhere
        at = min(first, second)
        if at == nowhere:
            return
        begin = data.rfind(b"\n", end, at) + 1 or end
        end = data.find(b"\n", at) + 1 or nowhere
        yield begin, data[begin:end]


def _lines_of(data: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at < len(data):
        end = data.find(b"\n", at) + 1 or len(data)
        yield at, data[at:end]
        at = end


READ_AT_ONCE = 128 << 10
"""Bytes of blocks that stand one behind the other and are read together."""


def _joined(parts: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Yield the parts, offset and length, with those joined that touch, whether they come forwards or backwards."""
    begin = end = -1
    for offset, length in parts:
        if end - begin < READ_AT_ONCE and (offset == end or offset + length == begin):
            begin, end = min(begin, offset), max(end, offset + length)
            continue
        if end > begin:
            yield begin, end - begin
        begin, end = offset, offset + length
    if end > begin:
        yield begin, end - begin


def _read_bytes(file: LogFile, stream: BinaryIO | None, offset: int, length: int) -> bytes:
    if stream is None:
        return os.pread(file.fd, length, offset)
    stream.seek(offset)
    return stream.read(length)


def _read_event(file: LogFile, stream: BinaryIO | None, offset: int, length: int) -> Event:
    line = _read_bytes(file, stream, offset, length)
    event = decode_line(line)
    if event is None:
        raise _Stale
    return event
