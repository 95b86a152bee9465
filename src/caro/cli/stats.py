"""Count commands, failures and time by tool."""

from __future__ import annotations

import argparse
import heapq
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from caro.cli.filters import Reading, add_filter_arguments

if TYPE_CHECKING:
    from caro.show.look import Look
    from caro.model import Event

SLOWEST = 5


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_filter_arguments(parser)
    parser.add_argument("--json", action="store_true", help="one JSON document")


def run(args: argparse.Namespace) -> int:
    args.kind = args.kind or ["exec"]
    with Reading(args) as reading:
        reading.tell_if_empty()
        numbers = collect(reading.events(args))
        if args.json:
            import msgspec

            sys.stdout.buffer.write(msgspec.json.encode(numbers) + b"\n")
            return 0
        from caro.show.look import look_of

        show(numbers, look_of(sys.stdout, reading.settings["ui.colour"]))
    return 0


def collect(events: Iterable[Event]) -> dict[str, Any]:
    """Counts, failures, times in milliseconds; a command that was replaced counts, its time is not known."""
    from caro.record.query import command_name, has_failed

    tools: dict[str, dict[str, Any]] = {}
    slowest: list[tuple[float, int, Event]] = []
    sessions: set[str] = set()
    count = 0
    for count, event in enumerate(events, 1):
        name = command_name(event) or event.kind
        tool = tools.setdefault(name, {"name": name, "count": 0, "failed": 0, "total_ms": 0.0, "max_ms": 0.0})
        took = event.duration_ms or 0.0
        tool["count"] += 1
        tool["failed"] += has_failed(event)
        tool["total_ms"] += took
        tool["max_ms"] = max(tool["max_ms"], took)
        if event.session_id and len(sessions) < 1_000_000:
            sessions.add(event.session_id)
        if len(slowest) < SLOWEST or took > slowest[0][0]:
            heapq.heappush(slowest, (took, -count, event))
            if len(slowest) > SLOWEST:
                heapq.heappop(slowest)
    for tool in tools.values():
        tool["total_ms"] = round(tool["total_ms"], 3)
        tool["mean_ms"] = round(tool["total_ms"] / tool["count"], 3)
    return {
        "v": 1,
        "count": count,
        "failed": sum(tool["failed"] for tool in tools.values()),
        "sessions": len(sessions),
        "total_ms": round(sum(tool["total_ms"] for tool in tools.values()), 3),
        "tools": sorted(tools.values(), key=lambda tool: (-tool["total_ms"], tool["name"])),
        "slowest": [event for _, _, event in sorted(slowest, key=lambda item: (-item[0], -item[1]))],
    }


def show(numbers: dict[str, Any], look: Look) -> None:
    from caro.cli.render import command_line, counted, duration, escape, shorten

    write = sys.stdout.write
    failed = look.paint(f"{numbers['failed']} failed", "red") if numbers["failed"] else "none failed"
    sessions = counted(numbers["sessions"], "session")
    total = duration(numbers["total_ms"])
    write(f"{counted(numbers['count'], 'command')}, {failed}, {sessions}, {total} in all\n")
    if not numbers["count"]:
        return
    write("\n" + look.paint("   count  failed     total      mean   slowest  tool", "bold") + "\n")
    for tool in numbers["tools"]:
        failures = str(tool["failed"] or look.mark("·", "-")).rjust(6)
        failures = look.paint(failures, "red") if tool["failed"] else failures
        times = "  ".join(duration(tool[key]).rjust(8) for key in ("total_ms", "mean_ms", "max_ms"))
        write(f"{tool['count']:8}  {failures}  {times}  {shorten(escape(tool['name']), 40, look)}\n")
    write("\n" + look.paint("slowest", "bold") + "\n")
    for event in numbers["slowest"]:
        line = shorten(command_line(event), look.columns - 11, look) if look.columns else command_line(event)
        write(f"{duration(event.duration_ms):>8}  {line}\n")
