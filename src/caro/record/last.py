"""The last session and the last events, found by reading backwards: never the whole file, nor the index."""

from __future__ import annotations

import itertools
import os
from collections import deque
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

import msgspec

from caro.model import Event
from caro.record import uuid7
from caro.record.query import Filter
from caro.record.reader import (
    BadLines,
    Cursor,
    LogFile,
    Placed,
    Snapshot,
    lines_backwards,
    place_line,
    scan_file,
)
from caro.record.times import ts_seconds

CLOCK_SLACK = 5.0
"""Seconds by which a clock may be stepped back without a session being missed."""
QUIET_LINES = 256
"""So many lines in a row have to be older than the session before the search ends."""


class _Stamp(msgspec.Struct):
    """The few fields that tell sessions apart; decoding only them costs a third."""

    ts: str
    session_id: str | None = None
    duration_ms: float | None = None


_decode_stamp = msgspec.json.Decoder(_Stamp).decode


@dataclass(frozen=True)
class LastSession:
    """Its id, and where its first event stands at the earliest: index of the file in the snapshot, offset."""

    session_id: str
    file: int
    offset: int


class _Search:
    """The session with the latest start so far, and how many lines in a row ended before it."""

    def __init__(self, session: str = "", idle: Collection[str] = ()) -> None:
        self._idle = idle
        self.session = session
        self.mark = _mark_of(session) if session else b""
        # A session that was asked for by its id stays the one: none starts later than that.
        self._fixed = bool(session)
        self.start = (uuid7.unix_ms_of(session) or 0) / 1000 if session else float("-inf")
        self.older = 0
        self._starts: dict[str, float] = {}

    def see(self, stamp: _Stamp) -> None:
        session = stamp.session_id
        if session is not None and session != self.session and session not in self._idle and not self._fixed:
            start = self._start_of(session, stamp.ts)
            if start > self.start:
                self.session, self.start = session, start
                self.mark = _mark_of(session)
        if stamp.session_id == self.session:
            self.older = 0
            return
        ended = ts_seconds(stamp.ts) + (stamp.duration_ms or 0) / 1000
        self.older = self.older + 1 if ended < self.start - CLOCK_SLACK else 0

    def _start_of(self, session_id: str, ts: str) -> float:
        start = self._starts.get(session_id)
        if start is None:
            ms = uuid7.unix_ms_of(session_id)
            # An id that somebody chose tells no time; then the time of its newest event stands for it.
            start = self._starts[session_id] = ms / 1000 if ms is not None else ts_seconds(ts)
        return start

    @property
    def done(self) -> bool:
        return bool(self.session) and self.older >= QUIET_LINES


def _mark_of(session_id: str) -> bytes:
    return b'"session_id":' + msgspec.json.encode(session_id)


def find_last_session(snapshot: Snapshot) -> LastSession | None:
    """Return the session with the latest start in which somebody did something; where nobody did anywhere, the latest.
    Ids are UUIDv7: they tell it themselves."""
    newest = found = _find(snapshot, _Search())
    idle: set[str] = set()
    while found is not None and _is_idle(session_events(snapshot, found, BadLines())):
        idle.add(found.session_id)
        found = _find(snapshot, _Search(idle=idle))
    return found or newest


def _is_idle(events: Iterable[Event]) -> bool:
    """True if no line was typed and nothing ran but what a shell starts for its prompt."""
    prompted = False
    for event in events:
        if event.kind == "session":
            prompted = prompted or event.source == "prompt"
        elif event.kind == "line" or event.agent or not prompted:
            return False
    return True


def find_session(snapshot: Snapshot, session_id: str) -> LastSession | None:
    """Return a session that is known by its whole id and recent: found backwards, without the index."""
    return _find(snapshot, _Search(session_id))


def _find(snapshot: Snapshot, search: _Search) -> LastSession | None:
    for index in range(len(snapshot.files) - 1, -1, -1):
        file = snapshot.files[index]
        if file.compressed:
            # It can only be read forwards, and holds what is older than everything seen so far.
            for _, _, event in scan_file(file, BadLines()):
                search.see(_Stamp(event.ts, event.session_id, event.duration_ms))
        else:
            for offset, line in lines_backwards(file):
                if search.mark and search.mark in line:
                    # The usual case, and much cheaper than decoding. Nothing else holds these bytes: inside
                    # a JSON string the quotes would be escaped.
                    search.older = 0
                    continue
                for stamp in _stamps(line):
                    search.see(stamp)
                if search.done:
                    return LastSession(search.session, index, offset)
        if search.done:
            return LastSession(search.session, index, 0)
    return LastSession(search.session, 0, 0) if search.session else None


def _stamps(line: bytes) -> list[_Stamp]:
    try:
        return [_decode_stamp(line)]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return [_Stamp(e.ts, e.session_id, e.duration_ms) for _, _, e in place_line(0, line)]


def session_events(snapshot: Snapshot, last: LastSession, bad: BadLines) -> Iterator[Event]:
    """Yield the events of that session, in the order they were written."""
    for index, file in enumerate(snapshot.files[last.file :]):
        start = last.offset if index == 0 else 0
        met = BadLines()
        for _, _, event in scan_file(file, met, Cursor(start)):
            if event.session_id == last.session_id:
                yield event
        # Lines before the session were not read; they are counted only where a number has to be told.
        before = _count_lines(file, start) if start and met.count else 0
        bad.count += met.count
        bad.where.extend((path, lineno + before) for path, lineno in met.where)


def _count_lines(file: LogFile, end: int) -> int:
    return sum(os.pread(file.fd, min(1 << 20, end - at), at).count(b"\n") for at in range(0, end, 1 << 20))


def last_events(snapshot: Snapshot, wanted: Filter, count: int) -> list[Event]:
    """Return the last `count` events that match, oldest first."""
    found: list[Event] = []
    for file in reversed(snapshot.files):
        left = count - len(found)
        if left <= 0:
            break
        if file.compressed:
            matching = (event for _, _, event in scan_file(file, BadLines()) if wanted.matches(event))
            found.extend(reversed(deque(matching, maxlen=left)))
        else:
            found.extend(_matching_backwards(file, wanted, left))
    return found[::-1]


def events_near_end(snapshot: Snapshot, wanted: Filter, count: int, most: int) -> list[Event] | None:
    """Return the last `count` events that match, oldest first, where they stand in the last `most` bytes of the newest
    file; None where they don't."""
    file = snapshot.files[-1] if snapshot.files else None
    if file is None or file.compressed:
        return None
    found = _matching_backwards(file, wanted, count, file.size - most)
    return found[::-1] if len(found) == count else None


def _matching_backwards(file: LogFile, wanted: Filter, count: int, begin: int = 0) -> list[Event]:
    """Return the last of a file, newest first; what stands before the offset `begin` is not read."""
    found: list[Event] = []
    for offset, line in lines_backwards(file):
        if offset < begin:
            break
        placed: list[Placed] = place_line(offset, line)
        found.extend(event for _, _, event in reversed(placed) if wanted.matches(event))
        if len(found) >= count:
            break
    return found[:count]


def last_verdict(snapshot: Snapshot, most: int) -> Event | None:
    """Return the newest event at which a gate said something, of the last `most` lines of the log's newest file."""
    newest = next((file for file in reversed(snapshot.files) if not file.compressed), None)
    if newest is None:
        return None
    for offset, line in itertools.islice(lines_backwards(newest), most):
        for _, _, event in reversed(place_line(offset, line)):
            if event.action not in (None, "", "allow"):
                return event
    return None
