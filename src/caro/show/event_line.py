"""One event as one line: time, how it ended, how long it took, what ran."""

from __future__ import annotations

from caro.model import Event
from caro.printable import printable
from caro.record.times import LocalTimes
from caro.show.event_text import command_line, duration, status_of
from caro.show.look import Look, shorten

_STATUS_COLUMNS = 9
_DURATION_COLUMNS = 8


class EventLines:
    def __init__(self, look: Look) -> None:
        self._look = look
        self._times = LocalTimes()
        self._statuses: dict[tuple[object, ...], str] = {}

    def line(self, event: Event) -> str:
        """Without a newline."""
        look = self._look
        time = printable(self._times.show(event.ts))
        took = duration(event.duration_ms).rjust(_DURATION_COLUMNS)
        what = _what(event)
        if look.columns:
            what = shorten(what, look.columns - len(time) - len(took) - _STATUS_COLUMNS - 5, look)
        if look.colour:
            time, took = look.paint(time, "dim"), look.paint(took, "dim")
        return f"{time}  {self._status(event)} {took}  {what}"

    def _status(self, event: Event) -> str:
        key = (
            event.kind,
            event.exit_code,
            event.signal,
            event.replaced_by is None,
            event.action,
            event.level,
        )
        shown = self._statuses.get(key)
        if shown is None:
            if len(self._statuses) > 1000:
                self._statuses.clear()
            text, colour = status_of(event, self._look)
            shown = self._statuses[key] = self._look.paint(text.ljust(_STATUS_COLUMNS), colour)
        return shown


def _what(event: Event) -> str:
    if event.kind == "exec":
        return command_line(event)
    if event.kind == "line":
        return "$ " + command_line(event)
    if event.kind == "builtin":
        where = f"  [{printable(event.file)}:{event.lineno}]" if event.file else ""
        return command_line(event) + where
    if event.kind == "verdict":
        rules = f"  [{printable(', '.join(event.rules))}]" if event.rules else ""
        return command_line(event) + rules
    if event.kind == "session":
        agent = f" of {printable(event.agent)}" if event.agent else ""
        return f"session {printable(event.session_id or event.id)}{agent}"
    return command_line(event)
