"""The events of a log as rows: a typed line and the exec that it became are one, what prompts run is counted.

Shells run programs of their own between two lines (fish asks git at each prompt), which nobody typed.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from caro.model import Event
from caro.record.process_tree import CLOCK_GRAIN
from caro.record.query import is_typed
from caro.record.times import ts_seconds

LONGEST_LINE = 4096
"""Characters of a line that is compared with argv; a longer one becomes no single exec."""


@dataclass
class Row:
    """One event, or with `helpers` what the prompt of a session ran between two lines (`event` is the first)."""

    event: Event
    helpers: list[Event] = field(default_factory=list)


@dataclass
class _Prompt:
    """What a session's shell is at: the last line and its end in seconds, and what ran since."""

    line: Event | None
    end: float | None
    merged: bool = False
    helpers: list[Event] = field(default_factory=list)


def fold_rows(events: Iterable[Event], prompts: bool = True) -> Iterator[Row]:
    """Yield rows of events that come in the order of their starts.

    `prompts=False` for a selection of events, which may lack the lines: then nothing is taken for a prompt's.
    """
    sessions: dict[str | None, _Prompt] = {}
    for event in events:
        at_prompt = sessions.get(event.session_id)
        if is_typed(event) or (event.kind == "session" and event.source == "prompt"):
            if at_prompt is not None:
                yield from _helpers_row(at_prompt)
            sessions[event.session_id] = _prompt_of(event)
            yield Row(event)
        elif at_prompt is None or event.kind not in ("exec", "builtin"):
            yield Row(event)
        elif not at_prompt.merged and _became(at_prompt.line, event):
            at_prompt.merged = True
        elif prompts and at_prompt.end is not None and ts_seconds(event.ts) > at_prompt.end + CLOCK_GRAIN:
            at_prompt.helpers.append(event)
        else:
            yield Row(event)
    for at_prompt in sessions.values():
        yield from _helpers_row(at_prompt)


def _prompt_of(event: Event) -> _Prompt:
    if event.kind == "session":
        return _Prompt(None, 0.0)
    ended = None if event.duration_ms is None else ts_seconds(event.ts) + event.duration_ms / 1000
    return _Prompt(event, ended)


def _helpers_row(at_prompt: _Prompt) -> Iterator[Row]:
    if at_prompt.helpers:
        yield Row(at_prompt.helpers[0], at_prompt.helpers)


def _became(line: Event | None, event: Event) -> bool:
    """True if the exec's arguments are the words of the line."""
    if line is None or not line.text or not event.argv or len(line.text) > LONGEST_LINE:
        return False
    if not line.text.lstrip().startswith(event.argv[0][:1]) and line.text.lstrip()[:1] not in "'\"\\":
        return False
    try:
        words = shlex.split(line.text)
    except ValueError:
        return False
    return words == event.argv or (words[-1:] == ["&"] and words[:-1] == event.argv)
