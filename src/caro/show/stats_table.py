"""Totals by tool as a table for people."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from caro.printable import printable
from caro.show.event_text import command_line, counted, duration
from caro.show.look import Look, shorten

_NAME_COLUMNS = 40


def stats_lines(numbers: dict[str, Any], look: Look) -> Iterator[str]:
    """Yield a sentence, the tools by their whole time, and the slowest commands.

    `numbers` is the document of `caro.record.totals.Totals.as_json`.
    """
    failed = look.paint(f"{numbers['failed']} failed", "red") if numbers["failed"] else "none failed"
    sessions, total = counted(numbers["sessions"], "session"), duration(numbers["total_ms"])
    yield f"{counted(numbers['count'], 'command')}, {failed}, {sessions}, {total} in all"
    if not numbers["count"]:
        return
    yield ""
    yield look.paint("   count  failed     total      mean   slowest  tool", "bold")
    for tool in numbers["tools"]:
        yield _tool_line(tool, look)
    yield ""
    yield look.paint("slowest", "bold")
    for event in numbers["slowest"]:
        yield f"{duration(event.duration_ms):>8}  {shorten(command_line(event), look.columns - 11, look)}"


def _tool_line(tool: dict[str, Any], look: Look) -> str:
    failures = str(tool["failed"] or look.mark("·", "-")).rjust(6)
    failures = look.paint(failures, "red") if tool["failed"] else failures
    times = "  ".join(duration(tool[key]).rjust(8) for key in ("total_ms", "mean_ms", "max_ms"))
    return f"{tool['count']:8}  {failures}  {times}  {shorten(printable(tool['name']), _NAME_COLUMNS, look)}"
