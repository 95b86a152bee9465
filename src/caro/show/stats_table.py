"""Totals by tool as a table for people."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from caro.printable import printable
from caro.show.bars import bar, columns_row
from caro.show.event_text import command_line, counted, duration
from caro.show.look import Look, shorten, width_of
from caro.show.tree_lines import short_folder

_NAME_COLUMNS = 40
_NAME_AT = 48
"""Columns before a tool's name."""
_NAME_PLACE = 20
_BARS_FROM = 80
"""Columns of a terminal that has room for bars behind the names."""


def stats_lines(numbers: dict[str, Any], look: Look) -> Iterator[str]:
    """Yield a sentence, the tools by their whole time, the slowest commands, and pictures of what was typed.

    `numbers` is the document of `caro.record.totals.Totals.as_json`, mostly with that of `TypedTotals` in it.
    """
    failed = look.paint(f"{numbers['failed']} failed", "red") if numbers["failed"] else "none failed"
    sessions, total = counted(numbers["sessions"], "session"), duration(numbers["total_ms"])
    if numbers["count"] or not numbers.get("typed"):  # else somebody typed lines, and no program was recorded
        yield f"{counted(numbers['count'], 'command')}, {failed}, {sessions}, {total} in all"
    if numbers["count"]:
        yield from _tools(numbers, look)
    if numbers.get("typed"):
        if numbers["count"]:
            yield ""
        yield from _typed(numbers, look)


def _tools(numbers: dict[str, Any], look: Look) -> Iterator[str]:
    most = max(tool["total_ms"] for tool in numbers["tools"])
    yield ""
    yield look.paint("   count  failed     total      mean   slowest  tool", "bold")
    for tool in numbers["tools"]:
        yield _tool_line(tool, most, look)
    yield ""
    yield look.paint("slowest", "bold")
    for event in numbers["slowest"]:
        yield f"{duration(event.duration_ms):>8}  {shorten(command_line(event), look.columns - 11, look)}"


def _tool_line(tool: dict[str, Any], most: float, look: Look) -> str:
    failures = str(tool["failed"] or look.mark("·", "-")).rjust(6)
    failures = look.paint(failures, "red") if tool["failed"] else failures
    times = "  ".join(duration(tool[key]).rjust(8) for key in ("total_ms", "mean_ms", "max_ms"))
    name = shorten(printable(tool["name"]), _NAME_COLUMNS, look)
    share = ""
    if look.columns >= _BARS_FROM:
        share = bar(tool["total_ms"], most, look.columns - _NAME_AT - _NAME_PLACE - 1, look)
        name += " " * max(_NAME_PLACE - width_of(name), 1)
    return f"{tool['count']:8}  {failures}  {times}  {name}{look.paint(share, 'cyan')}".rstrip()


def _typed(numbers: dict[str, Any], look: Look) -> Iterator[str]:
    failed = f", {numbers['typed_failed']} failed" if numbers["typed_failed"] else ""
    yield look.paint(f"{counted(numbers['typed'], 'line')} typed{failed}", "bold")
    yield from _counts([(printable(row["line"]), row["count"]) for row in numbers["lines"]], look)
    if numbers["folders"]:
        yield ""
        yield look.paint("in the folders", "bold")
        yield from _counts(
            [(printable(short_folder(row["cwd"])), row["count"]) for row in numbers["folders"]], look
        )
    if any(numbers["hours"]):
        yield ""
        yield look.paint("by the hour", "bold")
        wide = "".join(mark * 2 + " " for mark in columns_row(numbers["hours"], look))
        yield look.paint(wide.rstrip(), "cyan")
        yield look.paint(" ".join(f"{hour:02}" for hour in range(24)), "dim")


def _counts(rows: list[tuple[str, int]], look: Look) -> Iterator[str]:
    """Yield count, bar and name of each; the bar is a fifth of the terminal."""
    columns = (look.columns or 80) // 5
    most = max(count for _, count in rows)
    for name, count in rows:
        drawn = bar(count, most, columns, look)
        what = shorten(name, look.columns - columns - 12, look) if look.columns else name
        yield f"{count:8}  {look.paint(drawn, 'cyan')}{' ' * (columns - width_of(drawn))}  {what}"
