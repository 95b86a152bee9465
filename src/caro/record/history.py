"""The typed lines of the log and of imported histories, in the order in which they were typed."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator
from operator import itemgetter

from caro.model import Event
from caro.record.times import seconds_ts

UNTIMED_SECONDS = 86_400.0 * 365
"""A line whose history told no time stands in the first year of 1970, in its file's order."""
UNTIMED = seconds_ts(UNTIMED_SECONDS)


def has_time(event: Event) -> bool:
    """True if its time is one; a line that was imported without has its place in the order alone."""
    return event.ts >= UNTIMED


def in_typed_order(events: Iterable[Event]) -> Iterator[Event]:
    """Yield lines by their start, those of one session as they were written whatever the clock did in between.

    Holds them all: give it what is to be shown, not a whole log.
    """
    latest: dict[str | None, str] = {}
    keyed: list[tuple[str, Event]] = []
    for event in events:
        session = event.session_id
        # Without a session nothing says which clock it was, so the time alone counts.
        at = max(latest.get(session, ""), event.ts) if session else event.ts
        latest[session] = at
        keyed.append((at, event))
    keyed.sort(key=itemgetter(0))
    return (event for _, event in keyed)


WINDOW = 4096
"""Events that may overtake each other in a log: each is written when it ends, and belongs where it started."""


def by_start(events: Iterable[Event], window: int = WINDOW) -> Iterator[Event]:
    """Yield events in the order of their starts as far as `window` of them reach; memory is theirs alone."""
    heap: list[tuple[str, int, Event]] = []
    for number, event in enumerate(events):
        item = (event.ts, number, event)
        if number < window:
            heapq.heappush(heap, item)
        else:
            yield heapq.heappushpop(heap, item)[2]
    while heap:
        yield heapq.heappop(heap)[2]
