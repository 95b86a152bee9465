"""Which commands a pipe joins: by the device and inode of their first three descriptors. Values in, values out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from caro.model import Event

MOST = 8
"""Commands that are kept at one end of a pipe: a build's hundreds share one."""


@dataclass
class Joined:
    """What one command writes to and reads from, by pipes; a command stands once in each."""

    writes_to: list[Event] = field(default_factory=list)
    reads_from: list[Event] = field(default_factory=list)


def descriptors_of(event: Event) -> dict[int, str]:
    """Return what descriptors 0 to 2 are, `pipe:DEV:INO` and the like; whatever is none is left out."""
    found: dict[int, str] = {}
    for word in (event.fds or "")[:200].split():
        number, _, place = word.partition("=")
        if number in ("0", "1", "2") and place:
            found[int(number)] = place
    return found


class Pipes:
    """The pipes of some events; takes time by their number alone, whatever they say."""

    def __init__(self, events: Iterable[Event]) -> None:
        self._writers: dict[str, dict[str, Event]] = {}
        self._readers: dict[str, dict[str, Event]] = {}
        for event in events:
            if event.fds is not None and "pipe:" in event.fds:
                for number, place in descriptors_of(event).items():
                    if place.startswith("pipe:"):
                        ends = self._readers if number == 0 else self._writers
                        # The last ones: a command that took the place of another stands for it.
                        end = ends.setdefault(place, {})
                        end.pop(event.id, None)
                        end[event.id] = event
                        if len(end) > MOST:
                            del end[next(iter(end))]

    def __bool__(self) -> bool:
        return bool(self._writers and self._readers)

    def of(self, event: Event, above: Event | None = None) -> Joined:
        """Return what a command is joined to; what started it, or was started by it, is not told. With `above`, which
        started it, only by pipes that it doesn't share with that one: those of its own."""
        joined = Joined()
        shared = set(descriptors_of(above).values()) if above is not None else set()
        for number, place in descriptors_of(event).items():
            if place in shared:
                continue
            if number == 0:
                joined.reads_from += self._others(self._writers.get(place), event, joined.reads_from)
            else:
                joined.writes_to += self._others(self._readers.get(place), event, joined.writes_to)
        return joined

    @staticmethod
    def _others(end: dict[str, Event] | None, event: Event, known: list[Event]) -> list[Event]:
        ids = {event.id, event.parent_id, *(other.id for other in known)}
        return [
            other
            for other in (end or {}).values()
            if other.id not in ids and other.parent_id != event.id and other.pid != event.pid
        ]
