"""A record as Chrome's trace: chrome://tracing, Perfetto's UI and speedscope read it.

"Trace Event Format" (Google, 2016): complete events `X` with `ts` and `dur` in microseconds, `M` for names.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from caro.export.spans import Span, command_of, spans_of
from caro.model import Event
from caro.record.query import has_failed

LINES_PID = 1 << 23
"""The number under which a session's typed lines stand: above every process id of Linux (2^22)."""


def chrome_trace(events: Iterable[Event]) -> Iterator[bytes]:
    """Yield the JSON document piece by piece."""
    yield b'{"displayTimeUnit":"ms","traceEvents":['
    first = True
    for number, (tree, spans) in enumerate(spans_of(events)):
        named: dict[int, str] = {LINES_PID + number: f"lines of session {tree.session_id or '?'}"}
        for span in spans:
            row = _row(span, LINES_PID + number)
            if row["pid"] not in named:
                named[row["pid"]] = span.name
            yield (b"" if first else b",\n") + msgspec.json.encode(row)
            first = False
        for pid, name in named.items():
            yield b",\n" + msgspec.json.encode(
                {"ph": "M", "name": "process_name", "pid": pid, "tid": pid, "args": {"name": name}}
            )
    yield b"]}\n"


def _row(span: Span, lines: int) -> dict[str, Any]:
    event = span.event
    pid = lines if event.kind == "line" or event.pid is None else event.pid
    told = {
        "command": command_of(span),
        "cwd": event.cwd,
        "exit_code": event.exit_code,
        "signal": event.signal,
    }
    told |= {"id": event.id, "agent": event.agent}
    row: dict[str, Any] = {
        "ph": "X",
        "name": span.name,
        "cat": event.kind,
        "ts": span.start_us,
        "dur": span.duration_us,
        "pid": pid,
        "tid": pid,
        "args": {name: value for name, value in told.items() if value is not None},
    }
    if has_failed(event):
        row["cname"] = "terrible"
    return row
