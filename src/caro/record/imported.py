"""Takes the lines of other histories into a file of Caro's own: events as in the log, sorted by time, redacted.

They are kept apart from the log: what is old there would be old in between what runs now. A line is known by its
source, time and text, so that the same history can be imported again and again. Memory is bounded: what is new is
sorted in runs, which are merged with what is there.
"""

from __future__ import annotations

import contextlib
import heapq
import os
import tempfile
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import BinaryIO, NamedTuple

from caro.errors import CaroError
from caro.model import SCHEMA_VERSION, Event
from caro.record import uuid7
from caro.record.history import UNTIMED, UNTIMED_SECONDS
from caro.record.history_files import Typed
from caro.record.index_file import delete_index
from caro.record.lock import log_lock
from caro.record.reader import decode_line
from caro.record.recorded import Recorded
from caro.record.times import seconds_ts
from caro.record.writer import encode_event
from caro.redact.in_c import RedactLines

RUN = 100_000
"""Lines that are sorted in memory."""
CACHED = 50_000
LATEST_SECONDS = 253_402_300_799.0
"""The last second that four digits of a year can say."""
_TS = b'"ts":"'
PART, AT_ONCE = 2000, 2
"""Lines that secrets are taken out of in one go, and how many such parts are under way."""


@dataclass
class Counts:
    """What became of one history's lines."""

    imported: int = 0
    known: int = 0
    redacted: int = 0
    unreadable: int = 0


class _Part(NamedTuple):
    """Lines of a history, and those of their texts that are redacted meanwhile."""

    lines: list[Typed | None]
    wanted: list[str]
    redacted: Callable[[], list[str]]

    @property
    def texts(self) -> Iterator[str]:
        return (typed.line for typed in self.lines if typed is not None)


def _parts(lines: Iterable[Typed | None]) -> Iterator[_Part]:
    rest = iter(lines)
    while part := list(islice(rest, PART)):
        yield _Part(part, [], list)


class Import:
    """One import into `file`; a context manager, which replaces the file at its end as a whole, or not at all."""

    def __init__(
        self, file: Path, redact: RedactLines, user: str | None = None, recorded: Recorded | None = None
    ) -> None:
        self._file = file
        self._redact = redact
        self._recorded = recorded or Recorded()
        self._cache: dict[str, str] = {}
        self._user = user
        first_id = uuid7.new()
        self._id_start, self._next_number = first_id[:24], int(first_id[24:], 16)
        self._seen: set[int] = set()
        self._untimed: Counter[int] = Counter()
        self._last_untimed = 0
        self._run: list[tuple[bytes, bytes]] = []
        self._stack = contextlib.ExitStack()
        self._runs: list[Path] = []
        self._run_end = b""

    def __enter__(self) -> Import:
        self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._stack.enter_context(log_lock(self._file))
        folder = self._stack.enter_context(
            tempfile.TemporaryDirectory(prefix=".import-", dir=self._file.parent)
        )
        self._folder = Path(folder)
        with contextlib.suppress(FileNotFoundError), self._file.open("rb") as stream:
            for line in stream:
                if (event := decode_line(line)) is not None:
                    self._remember(event)
        return self

    def __exit__(self, *error: object) -> None:
        with self._stack:
            if error[0] is None and (self._run or self._runs):
                self._replace()

    def _remember(self, event: Event) -> None:
        if event.ts < UNTIMED:
            self._untimed[_key(event.command, "", event.text)] += 1
            self._last_untimed += 1
        else:
            self._seen.add(_key(event.command, event.ts, event.text))

    def take(self, source: str, lines: Iterable[Typed | None]) -> Counts:
        """Take a history; return what became of it."""
        counts, met = Counts(), Counter[int]()
        # While secrets are taken out of one part by another thread, the one before is written.
        waiting: deque[_Part] = deque()
        for part in _parts(lines):
            wanted = [line for line in dict.fromkeys(part.texts) if line not in self._cache]
            waiting.append(part._replace(wanted=wanted, redacted=self._redact(wanted)))
            if len(waiting) == AT_ONCE:
                self._take_part(source, waiting.popleft(), counts, met)
        for part in waiting:
            self._take_part(source, part, counts, met)
        return counts

    def _take_part(self, source: str, part: _Part, counts: Counts, met: Counter[int]) -> None:
        if len(self._cache) >= CACHED:
            self._cache.clear()
        self._cache.update(zip(part.wanted, part.redacted(), strict=True))
        for typed in part.lines:
            if typed is None:
                counts.unreadable += 1
            else:
                self._take_line(source, typed, counts, met)

    def _take_line(self, source: str, typed: Typed, counts: Counts, met: Counter[int]) -> None:
        text = self._redacted(typed.line)
        timed = typed.at is not None and UNTIMED_SECONDS <= typed.at <= LATEST_SECONDS
        ts = seconds_ts(typed.at) if timed and typed.at is not None else ""
        if self._is_known(source, ts, text, typed, met):
            counts.known += 1
            return
        if not timed:
            self._last_untimed += 1
            ts = seconds_ts(self._last_untimed / 1e6)
        counts.imported += 1
        counts.redacted += text != typed.line
        self._add(ts, encode_event(self._event(source, typed, ts, text)))

    def _is_known(self, source: str, ts: str, text: str, typed: Typed, met: Counter[int]) -> bool:
        """True for a line that was imported before, or that Caro saw run; notes one that was not."""
        key = _key(source, ts, text)
        if not ts or typed.at is None:
            # Nothing but its number tells one of them from the next of the same text.
            met[key] += 1
            return met[key] <= self._untimed[key] + self._recorded.count(text, source)
        if key in self._seen or self._recorded.has(text, typed.at):
            return True
        self._seen.add(key)
        return False

    def _redacted(self, line: str) -> str:
        shown = self._cache.get(line)
        # It was known when its part was begun, and forgotten since.
        return self._redact([line])()[0] if shown is None else shown

    def _next_id(self) -> str:
        """Return ids that are made of one: a million times the system's random numbers take a second."""
        self._next_number = (self._next_number + 1) & 0xFFFFFFFFFFFF
        return f"{self._id_start}{self._next_number:012x}"

    def _event(self, source: str, typed: Typed, ts: str, text: str) -> Event:
        # The id tells when it was imported: what is kept for so many days counts from then.
        return Event(
            v=SCHEMA_VERSION,
            id=self._next_id(),
            kind="line",
            source="import",
            ts=ts,
            session_id=typed.session,
            command=source,
            text=text,
            cwd=typed.cwd,
            user=self._user,
            host=typed.host,
            exit_code=typed.exit_code,
            duration_ms=None if typed.duration_ms is None else round(typed.duration_ms, 3),
        )

    def _add(self, ts: str, line: bytes) -> None:
        self._run.append((ts.encode(), line))
        if len(self._run) >= RUN:
            self._end_run()

    def _end_run(self) -> None:
        """Write the run behind the last one where it goes on from there, as most histories do; else to a new file."""
        if not self._run:
            return
        self._run.sort()
        if not self._runs or self._run[0][0] < self._run_end:
            self._runs.append(self._folder / str(len(self._runs)))
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
        with open(os.open(self._runs[-1], flags, 0o600), "ab") as stream:
            stream.writelines([line for _, line in self._run])
        self._run_end = self._run[-1][0]
        self._run.clear()

    def _replace(self) -> None:
        """Merge what is there with the runs into a new file, and put it in place."""
        self._end_run()
        if len(self._runs) == 1 and not self._file.exists():
            with self._runs[0].open("rb") as only:
                os.fsync(only.fileno())
            os.replace(self._runs[0], self._file)
            return
        fresh = self._folder / "merged"
        with contextlib.ExitStack() as stack:
            sources: list[BinaryIO] = [stack.enter_context(path.open("rb")) for path in self._runs]
            with contextlib.suppress(FileNotFoundError):
                sources.insert(0, stack.enter_context(self._file.open("rb")))
            target = stack.enter_context(
                open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")
            )
            merged: Iterator[bytes] = heapq.merge(*map(_lines_of, sources), key=_ts_of)
            target.writelines(merged)
            target.flush()
            os.fsync(target.fileno())
        os.replace(fresh, self._file)


def _lines_of(stream: BinaryIO) -> Iterator[bytes]:
    yield from stream


def _ts_of(line: bytes) -> bytes:
    at = line.find(_TS) + len(_TS)
    return line[at : at + 27]


def _key(source: str | None, ts: str, text: str | None) -> int:
    """Return 64 bits that stand for a line as long as this process lives."""
    return hash((source, ts, text))


def require_readable(file: Path) -> None:
    """Raise CaroError where the history isn't a file that can be read; a pipe would never end."""
    if not file.is_file():
        raise CaroError(f"{file} is no file; name the history with --file")


def erase_imported(file: Path, condemned: Callable[[Event], bool], index: Path | None = None) -> int:
    """Take the lines that `condemned` names out of the file for good; return how many."""
    if not file.exists():
        return 0
    fresh = file.with_name(f"{file.name}.new")
    erased = 0
    with log_lock(file):
        try:
            descriptor = os.open(
                fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600
            )
            with file.open("rb") as source, open(descriptor, "wb") as target:
                for line in source:
                    event = decode_line(line)
                    if event is None or condemned(event):
                        erased += 1
                    else:
                        target.write(line)
                target.flush()
                os.fsync(target.fileno())
            if erased:
                os.replace(fresh, file)
                if index is not None:
                    delete_index(index)
        finally:
            fresh.unlink(missing_ok=True)
    return erased
