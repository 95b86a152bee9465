"""A record as folded stacks, which flame graphs are made of: `make;sh;gcc 120`, the milliseconds of its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from caro.export.spans import own_times, spans_of
from caro.model import Event


def folded_stacks(events: Iterable[Event]) -> Iterator[bytes]:
    """Yield a line for each stack of names; a command's own time is without that of what it started."""
    totals: Counter[str] = Counter()
    for _, spans in spans_of(events):
        own = own_times(spans)
        stacks: dict[str, str] = {}
        for span in spans:
            above = stacks.get(span.parent or "", "")
            name = span.name.replace(";", ":")
            stacks[span.process] = stack = f"{above};{name}" if above else name
            totals[stack] += own[span.event.id]
    for stack, micros in sorted(totals.items()):
        if micros >= 500:
            yield f"{stack} {round(micros / 1000)}\n".encode()
