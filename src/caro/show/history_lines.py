"""Typed lines as rows for people, as a format of theirs, or as JSON."""

from __future__ import annotations

import string
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from caro.errors import UsageError
from caro.model import Event
from caro.printable import printable, printable_json_bytes
from caro.record.history import has_time
from caro.record.query import is_of_agent
from caro.record.times import LocalTimes, ts_seconds
from caro.show.ago import ago
from caro.show.event_text import command_line, duration
from caro.show.look import Look, shorten, width_of
from caro.show.status_cell import status_cell
from caro.show.tree_lines import short_folder

FOLDER_COLUMNS = 24
FOLDER_FROM = 120
"""Columns of the terminal from which rows show the folder too."""

FIELDS = (
    "time",
    "ago",
    "exit",
    "duration",
    "shell",
    "folder",
    "session",
    "host",
    "agent",
    "source",
    "line",
    "id",
)
"""What `--format` may name."""


class HistoryLines:
    """Rows of typed lines: how long ago, how it ended, how long it took, what was typed."""

    def __init__(self, look: Look, now: float, shells: Mapping[str, str], marked: bool = False) -> None:
        """`now`: seconds since 1970. `shells`: session to shell. `marked`: agents' lines are among them."""
        self._look = look
        self._now = now
        self._shells = shells
        self._marked = marked
        self._times = LocalTimes()

    def row(self, event: Event) -> str:
        """Return one row without a newline: 20 columns, then the line, cut where the terminal ends."""
        look = self._look
        head = f"{self._ago(event):>5} "
        cell = status_cell(event, look)
        who = f"{printable(event.agent or 'agent')}: " if self._marked and is_of_agent(event) else ""
        what = command_line(event)
        if not (look.columns or look.colour or who):  # a file or a pipe
            return f"{head}{cell}  {what}"
        folder = self._folder_cell(event)
        if look.columns:
            what = shorten(what, look.columns - 20 - width_of(folder) - width_of(who), look)
        return f"{look.paint(head, 'dim')}{cell}  {look.paint(folder, 'blue')}{look.paint(who, 'cyan')}{what}"

    def _ago(self, event: Event) -> str:
        return ago(self._now - ts_seconds(event.ts)) if has_time(event) else "?"

    def _folder_cell(self, event: Event) -> str:
        if self._look.columns < FOLDER_FROM:
            return ""
        folder = printable(short_folder(event.cwd)) if event.cwd else ""
        if width_of(folder) > FOLDER_COLUMNS - 2:
            dots = self._look.mark("…", "...")
            folder = dots + folder[-(FOLDER_COLUMNS - 2 - len(dots)) :]
        return folder + " " * max(FOLDER_COLUMNS - width_of(folder), 0)

    def formatted(self, event: Event, row_of: Callable[[dict[str, str]], str]) -> str:
        """Return the event in a format made by `read_format`."""
        return row_of(
            {
                "time": self._times.show(event.ts) if has_time(event) else "?",
                "ago": self._ago(event),
                "exit": "" if event.exit_code is None else str(event.exit_code),
                "duration": duration(event.duration_ms),
                "shell": self._shell(event) or "",
                "folder": event.cwd or "",
                "session": event.session_id or "",
                "host": event.host or "",
                "agent": event.agent or "",
                "source": event.source,
                "line": event.text or "",
                "id": event.id,
            }
        )

    def json(self, event: Event) -> bytes:
        """Return one JSON object with its newline; what isn't known is null."""
        fields: dict[str, Any] = {
            "v": 1,
            "id": event.id,
            "ts": event.ts if has_time(event) else None,
            "line": event.text,
            "cwd": event.cwd,
            "exit_code": event.exit_code,
            "signal": event.signal,
            "duration_ms": event.duration_ms,
            "shell": self._shell(event),
            "session_id": event.session_id,
            "host": event.host,
            "agent": event.agent,
            "source": event.source,
        }
        return printable_json_bytes(msgspec.json.encode(fields)) + b"\n"

    def _shell(self, event: Event) -> str | None:
        return event.command or self._shells.get(event.session_id or "")


def read_format(text: str) -> Callable[[dict[str, str]], str]:
    """Return what fills a format in: `{time}`, `{line}` and the others of FIELDS, `\\t` and `\\n` as in printf.

    Raises UsageError for a name that there is not.
    """
    try:
        parts = list(string.Formatter().parse(text))
    except ValueError as error:
        raise UsageError(f"--format: {error}; double a brace that stands for itself") from None
    for _, name, spec, conversion in parts:
        if name is not None and (name not in FIELDS or spec or conversion):
            raise UsageError(f"--format: {{{name}}} is none of {', '.join(FIELDS)}")
    fixed = [(before.replace("\\t", "\t").replace("\\n", "\n"), name) for before, name, _, _ in parts]

    def row(values: dict[str, str]) -> str:
        return "".join(before + (_filled_in(name, values[name]) if name else "") for before, name in fixed)

    return row


def _filled_in(name: str, value: str) -> str:
    """Return a value that harms no terminal. A line keeps its newlines: with `\\n` in their place a shell would
    run something else."""
    return printable(value, kept="\n\t" if name == "line" else "")
