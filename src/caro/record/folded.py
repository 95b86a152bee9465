"""The events of a log as rows: a typed line and the exec that it became are one, what prompts run is counted.

Shells run programs of their own between two lines (fish asks git at each prompt), which nobody typed.
"""

from __future__ import annotations

import shlex
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from caro.model import Event
from caro.record.process_tree import CLOCK_GRAIN
from caro.record.query import is_typed
from caro.record.times import ts_seconds

LONGEST_LINE = 4096
"""Characters of a line that is compared with argv; a longer one becomes no single exec."""


AHEAD = 256
"""Rows that are held back: so long what a prompt runs still finds the row of its line."""


@dataclass
class Row:
    """One event; `helpers` is what the shell's prompt ran after a line, before the next one."""

    event: Event
    helpers: list[Event] = field(default_factory=list)


@dataclass
class _Prompt:
    """What a session's shell is at: the row of the last line and its end in seconds (None: it runs)."""

    row: Row
    end: float | None
    merged: bool = False


def fold_rows(events: Iterable[Event], prompts: bool = True) -> Iterator[Row]:
    """Yield rows of events that come in the order of their starts.

    `prompts=False` for a selection of events, which may lack the lines: then nothing is taken for a prompt's.
    """
    sessions: dict[str | None, _Prompt] = {}
    ahead: deque[Row] = deque()
    for event in events:
        row = _row_of(event, sessions, prompts)
        if row is not None:
            ahead.append(row)
        if len(ahead) > AHEAD:
            yield ahead.popleft()
    yield from ahead


def without_helpers(events: Iterable[Event]) -> list[Event]:
    """Return all events, in the order of their starts as they came, but for what the shells' prompts ran."""
    every = list(events)
    helpers = {id(helper) for row in fold_rows(every) for helper in row.helpers}
    return [event for event in every if id(event) not in helpers]


def _row_of(event: Event, sessions: dict[str | None, _Prompt], prompts: bool) -> Row | None:
    """Return the event's row, or None where it went into another."""
    row = Row(event)
    at_prompt = sessions.get(event.session_id)
    if is_typed(event) or (event.kind == "session" and event.source == "prompt"):
        sessions[event.session_id] = _Prompt(row, _end_of(event))
    elif at_prompt is not None and event.kind in ("exec", "builtin"):
        if not at_prompt.merged and _became(at_prompt.row.event, event):
            at_prompt.merged = True
            return None
        late = at_prompt.end is not None and ts_seconds(event.ts) > at_prompt.end + CLOCK_GRAIN
        # What the custom shell tells of a line, it tells behind that.
        if prompts and late and event.source != "repl":
            at_prompt.row.helpers.append(event)
            return None
    return row


def _end_of(event: Event) -> float | None:
    if event.kind == "session":
        return 0.0
    return None if event.duration_ms is None else ts_seconds(event.ts) + event.duration_ms / 1000


def _became(line: Event, event: Event) -> bool:
    """True if the exec's arguments are the words of the line."""
    if not line.text or not event.argv or len(line.text) > LONGEST_LINE:
        return False
    if not line.text.lstrip().startswith(event.argv[0][:1]) and line.text.lstrip()[:1] not in "'\"\\":
        return False
    try:
        words = shlex.split(line.text)
    except ValueError:
        return False
    return words == event.argv or (words[-1:] == ["&"] and words[:-1] == event.argv)
