"""What the screen reads of the log: its newest events through a filter, older ones when asked, and what is appended."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from caro.model import Event
from caro.record.find import find_events
from caro.record.folded import without_helpers
from caro.record.history import by_start
from caro.record.query import SHOWN_KINDS, Filter, has_failed
from caro.record.reader import BadLines, Snapshot
from caro.record.tail import Follower

BLOCK = 5000
"""Events that are read at a time: what is on the screen, and some."""
LOOKED_BACK = 20_000
"""Events in which sessions are looked for."""


@dataclass(frozen=True)
class SessionRow:
    """A session as the list shows it."""

    session_id: str
    agent: str | None
    last_ts: str
    commands: int
    failures: int


class Source:
    """The log behind the screen; a context manager."""

    def __init__(self, log: Path, index: Path | None) -> None:
        self.log = log
        self._index = index
        self._follower: Follower | None = None
        self._count = BLOCK
        self._read_ahead: tuple[Filter, list[Event]] | None = None

    def __enter__(self) -> Source:
        return self

    def __exit__(self, *error: object) -> None:
        if self._follower is not None:
            self._follower.__exit__(*error)

    def newest(self, wanted: Filter, older: bool = False) -> list[Event]:
        """Return the newest events that the filter lets through, by their starts; `older` asks for a block more.

        From here on `appended` gives what came later.
        """
        ahead, self._read_ahead = self._read_ahead, None
        if ahead is not None and ahead[0] == wanted and not older:
            return ahead[1]
        self._count = self._count + BLOCK if older else BLOCK
        with Snapshot(self.log) as snapshot:
            found = self._find(snapshot, wanted, self._count)
            if self._follower is None:
                self._follower = Follower.at_end(snapshot)
        return found

    def read_ahead(self, wanted: Filter) -> list[Event]:
        """Return the same; the next `newest` of that filter has it without reading again."""
        found = self.newest(wanted)
        self._read_ahead = wanted, found
        return found

    def _find(self, snapshot: Snapshot, wanted: Filter, count: int) -> list[Event]:
        wanted = wanted if wanted.kinds else replace(wanted, kinds=SHOWN_KINDS)
        found = by_start(find_events(snapshot, wanted, BadLines(), count=count, index=self._index))
        # A filter may have left out the lines that tell what is a prompt's.
        return without_helpers(found) if is_whole(wanted) else list(found)

    def session(self, session_id: str) -> list[Event]:
        """Return all events of one session."""
        with Snapshot(self.log) as snapshot:
            every = find_events(snapshot, Filter(session=session_id), BadLines(), index=self._index)
            return list(every)

    def appended(self) -> list[Event]:
        """Return what was written since the last look; never waits."""
        return self._follower.read_new() if self._follower is not None else []

    def sessions(self) -> list[SessionRow]:
        """Return the sessions of the newest events, the last one first."""
        with Snapshot(self.log) as snapshot:
            return sessions_of(self._find(snapshot, Filter(), LOOKED_BACK))


def is_whole(wanted: Filter) -> bool:
    """True if a session's events are there all or not at all, so that what its prompt ran can be told."""
    return replace(wanted, session="", since="", until="", host="") == Filter(kinds=SHOWN_KINDS)


def last_failure(events: Sequence[Event], session: str) -> int | None:
    """Return where the session's last failure stands, else the last one of all; None where none failed."""
    failures = [index for index, event in enumerate(events) if has_failed(event)]
    own = [index for index in failures if session and events[index].session_id == session]
    return max(own or failures, default=None)


def sessions_of(events: Iterable[Event]) -> list[SessionRow]:
    """Return the sessions of some events, that of the newest event first."""
    found: dict[str, SessionRow] = {}
    for event in events:
        if event.session_id is None:
            continue
        known = found.pop(event.session_id, SessionRow(event.session_id, None, event.ts, 0, 0))
        counted = event.kind in ("exec", "line")
        found[event.session_id] = SessionRow(
            event.session_id,
            known.agent or event.agent,
            max(known.last_ts, event.ts),
            known.commands + counted,
            known.failures + (counted and has_failed(event)),
        )
    return sorted(found.values(), key=lambda row: row.last_ts, reverse=True)
