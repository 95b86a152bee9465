"""What the log has of a shell's history already: a line that Caro saw run, and that the shell wrote down too."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import BinaryIO

from caro.errors import CaroError
from caro.model import Event
from caro.record.query import is_typed
from caro.record.reader import Snapshot, decode_line
from caro.record.times import ts_seconds

APART = 2
"""Seconds between the times that Caro and the shell, which counts whole ones, give the same line at most."""
_KINDS = (b'"kind":"line"', b'"kind":"session"')


class Recorded:
    """Typed lines of the log, known by their text and time, or by how often their shell ran them."""

    def __init__(self, events: Iterable[Event] = ()) -> None:
        self._times: set[int] = set()
        self._texts: set[int] = set()
        self._counts: Counter[int] = Counter()
        shells: dict[str | None, str | None] = {}
        for event in events:
            if event.kind == "session":
                shells[event.session_id] = event.command
            elif is_typed(event) and event.text:
                self._texts.add(hash(event.text))
                self._times.add(hash((event.text, int(ts_seconds(event.ts)))))
                self._counts[hash((event.text, shells.get(event.session_id)))] += 1

    def has(self, text: str, at: float) -> bool:
        """True if the log has that line at that time, in seconds since 1970."""
        if hash(text) not in self._texts:
            return False
        second = int(at)
        return any(hash((text, near)) in self._times for near in range(second - APART, second + APART + 1))

    def count(self, text: str, shell: str) -> int:
        """Return how often that shell ran the line while Caro saw it."""
        return self._counts[hash((text, shell))]


def recorded_in(log: Path, sessions: Path) -> Recorded:
    """Return what a log has, packed parts of it too, and what the folder `sessions` has of lines that still run."""
    with Snapshot(log) as snapshot:
        logged = (
            event
            for file in snapshot.files
            for line in _lines(file.stream)
            if any(kind in line for kind in _KINDS) and (event := decode_line(line)) is not None
        )
        return Recorded(chain(logged, _waiting(sessions)))


def _lines(stream_of: Callable[[], BinaryIO]) -> Iterator[bytes]:
    """Yield the lines of a part of the log; of a damaged one those that can be read."""
    with contextlib.suppress(OSError, EOFError, CaroError), stream_of() as stream:
        yield from stream


def _waiting(folder: Path) -> Iterator[Event]:
    """Yield the lines that still run: each stands in its session's file until it has ended (docs/wire.md)."""
    for file in folder.iterdir() if folder.is_dir() else ():
        with contextlib.suppress(OSError):
            event = decode_line(file.read_bytes().partition(b"\n")[2] + b"}")
            if event is not None:
                yield event
