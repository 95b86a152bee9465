"""Print the line that ends a run."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from caro.cli.tell import tell


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("session", metavar="SESSION", help="the session's id")
    parser.add_argument("--way", choices=("shims", "deep"), help="how the run was observed")
    parser.add_argument("--deeper", action="store_true", help="deep mode would work here")
    parser.add_argument("--log", type=Path, metavar="FILE", help="read FILE instead of the log")


def run(args: argparse.Namespace) -> int:
    from caro.cli.filters import Reading
    from caro.record.last import find_session, session_events
    from caro.record.query import has_failed
    from caro.record.times import ts_seconds
    from caro.show.event_text import duration
    from caro.show.look import look_of

    count = failed = 0
    begin, end = float("inf"), 0.0
    with Reading(args, must_exist=False) as reading:
        found = find_session(reading.snapshot, args.session)
        for event in session_events(reading.snapshot, found, reading.bad) if found is not None else ():
            if event.kind == "exec":
                start = ts_seconds(event.ts)
                count, failed = count + 1, failed + has_failed(event)
                begin, end = min(begin, start), max(end, start + (event.duration_ms or 0) / 1000)
        # The place for what could not be read is `caro tree`, not the end of somebody's command.
        reading.bad.count = 0
    if sys.stderr is None:
        return 0
    if not count:
        if not (args.log or reading.log).is_file() and reading.settings["privacy.capture"] == "commands":
            tell(f"nothing was recorded in {reading.log}; `caro doctor` says why")
        return 0
    look = look_of(sys.stderr, reading.settings["ui.colour"])
    parts = [f"{count} command{'s' * (count != 1)}", duration((end - begin) * 1000)]
    parts.append(look.paint(f"{failed} failed", "red") if failed else "none failed")
    print(f"caro: {', '.join(parts)}{_seen_by(args.way, args.deeper)} - caro tree --last", file=sys.stderr)
    return 0


def _seen_by(way: str | None, deeper: bool) -> str:
    """Return how the run was observed, for whoever wonders about the count."""
    if way == "deep":
        return " (deep: every exec)"
    if way == "shims":
        return f" (shims: tools on PATH{'; --mode deep sees every exec' if deeper else ''})"
    return ""
