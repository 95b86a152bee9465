"""What ran as spans of time with parents: what every picture of a record is made of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from caro.model import Event
from caro.printable import printable
from caro.record.process_node import Node
from caro.record.process_tree import SessionTree, build_trees, process_of, walk
from caro.record.query import command_name
from caro.record.times import ts_seconds
from caro.show.event_text import command_line

TIMED = ("exec", "exec_start", "line", "builtin")
LONGEST_COMMAND = 2000
"""Characters of a command line that a picture carries."""


@dataclass(frozen=True)
class Span:
    """One command. Times in microseconds since 1970; `end_us` is None where it isn't known.

    `process` is the id of the first event of its process (an exec that took another's place shares it),
    `parent` that of the process that started it, `depth` how many are above it.
    """

    event: Event
    start_us: int
    end_us: int | None
    process: str
    parent: str | None
    depth: int

    @property
    def duration_us(self) -> int:
        return self.end_us - self.start_us if self.end_us is not None else 0

    @property
    def name(self) -> str:
        """The program's name, or the first word of a typed line."""
        if self.event.kind == "line":
            return printable((self.event.text or "").strip()[:80]) or "line"
        named = command_name(self.event) or (self.event.argv or ["?"])[0].rsplit("/", 1)[-1]
        return printable(named or "?")


def spans_of_trees(trees: Iterable[SessionTree]) -> Iterator[tuple[SessionTree, list[Span]]]:
    """Yield each session with its spans, each after its parent."""
    for tree in trees:
        spans = [_span(node, place.depth) for node, place in walk(tree.roots) if node.event.kind in TIMED]
        if spans:
            yield tree, spans


def spans_of(events: Iterable[Event]) -> Iterator[tuple[SessionTree, list[Span]]]:
    """Yield each session of the events with its spans."""
    return spans_of_trees(build_trees(events))


def own_times(spans: Iterable[Span]) -> dict[str, int]:
    """Return the microseconds of each event, by its id, without those of what its process started."""
    every = list(spans)
    below: Counter[str] = Counter()
    for span in every:
        if span.parent is not None and span.event.id == span.process:
            below[span.parent] += span.duration_us
    return {span.event.id: max(0, span.duration_us - below[span.process]) for span in every}


def _span(node: Node, depth: int) -> Span:
    event, first = node.event, process_of(node)[0]
    parent = process_of(first.parent)[0].event.id if first.parent is not None else None
    start = round(ts_seconds(event.ts) * 1_000_000)
    end = start + max(0, round(event.duration_ms * 1000)) if event.duration_ms is not None else None
    return Span(event, start, end, first.event.id, parent, depth)


def command_of(span: Span) -> str:
    """Return the command line, safe on any screen and cut where it is very long."""
    text = command_line(span.event)
    return text if len(text) <= LONGEST_COMMAND else text[:LONGEST_COMMAND] + "…"
