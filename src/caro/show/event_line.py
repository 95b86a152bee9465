"""One event as one line: time, how it ended, how long it took, what ran."""

from __future__ import annotations

from caro.model import Event
from caro.printable import printable
from caro.record.folded import Row
from caro.record.query import command_name
from caro.record.times import LocalTimes
from caro.show.event_text import command_line, duration, status_of
from caro.show.look import Look, shorten, width_of
from caro.show.status_cell import status_cell

_STATUS_COLUMNS = 9
_DURATION_COLUMNS = 8
WHOLE_FROM = 110
"""Columns of a terminal from which each row has room for its date. Below it a date is a row of its own."""
NAMED_HELPERS = 3


class EventLines:
    def __init__(self, look: Look) -> None:
        self._look = look
        self._times = LocalTimes()
        self._statuses: dict[tuple[object, ...], str] = {}
        self._narrow = 0 < look.columns < WHOLE_FROM
        self._day = ""

    def line(self, event: Event) -> str:
        """Without a newline."""
        return self._line(Row(event))

    def lines(self, row: Row) -> list[str]:
        """Return the row's line, behind the day's where a terminal is narrow and the day is another one."""
        text = self._line(row)
        day = self._times.show(row.event.ts)[:10]
        if not self._narrow or day == self._day:
            return [text]
        self._day = day
        return [self._look.paint(self._look.mark("── ", "-- ") + printable(day), "bold"), text]

    def _line(self, row: Row) -> str:
        event, look = row.event, self._look
        time = printable(self._times.show(event.ts))
        if self._narrow:
            # 20 columns, and the rest for the command.
            head = f"{look.paint(time[11:], 'dim')} {status_cell(event, look)} "
            return head + self._with_helpers(_what(event), row, look.columns - 20)
        took = duration(event.duration_ms).rjust(_DURATION_COLUMNS)
        room = look.columns - len(time) - len(took) - _STATUS_COLUMNS - 5 if look.columns else 0
        if look.colour:
            time, took = look.paint(time, "dim"), look.paint(took, "dim")
        return f"{time}  {self._status(event)} {took}  {self._with_helpers(_what(event), row, room)}"

    def _with_helpers(self, what: str, row: Row, room: int) -> str:
        """Return the command, and behind it what the prompt ran, as far as there is room (0: no end of it)."""
        if not row.helpers:
            return shorten(what, room, self._look)
        names = dict.fromkeys(printable(command_name(event) or "?") for event in row.helpers)
        shown = ", ".join(list(names)[:NAMED_HELPERS]) + (", …" if len(names) > NAMED_HELPERS else "")
        note = f"  {self._look.mark('·', '.')} the prompt ran {shown}"
        if len(row.helpers) > 1:
            note += f" ({len(row.helpers)})"
        if room and width_of(what) + width_of(note) > room:
            note = ""
        return shorten(what, room, self._look) + self._look.paint(note, "dim")

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
        line = "(a line whose text its shell did not tell)" if event.text is None else command_line(event)
        return (f"{printable(event.agent)} $ " if event.agent else "$ ") + line
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
