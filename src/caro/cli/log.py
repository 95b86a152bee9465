"""Show recorded commands in the order of their starts, filtered."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from caro.cli.filters import Reading, add_filter_arguments
from caro.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from caro.model import Event
    from caro.record.folded import Row

LIMIT = 1000
"""Rows on a terminal where no number is given; a pipe gets all."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_filter_arguments(parser)
    parser.add_argument(
        "-n", "--limit", type=int, metavar="N", help=f"only the last N (a terminal gets {LIMIT})"
    )
    parser.add_argument("--json", action="store_true", help="one event a line, as in the log")
    parser.add_argument(
        "--full", action="store_true", help="every event, also what prompts ran; and no line is shortened"
    )


def run(args: argparse.Namespace) -> int:
    if args.limit is not None and args.limit < 0:
        raise UsageError("-n: give a number that is not below zero")
    with Reading(args) as reading:
        reading.tell_if_empty()
        if args.json:
            _print_json(reading, args)
            return 0
        from caro.cli.pager import paged
        from caro.show.event_line import EventLines
        from caro.show.look import look_of

        lines = EventLines(look_of(sys.stdout, reading.settings["ui.colour"], args.full))
        limit = LIMIT if args.limit is None and sys.stdout.isatty() else args.limit
        with paged(newest_last=True) as out:
            for row in _rows(reading, args, limit):
                for line in lines.lines(row):
                    out.write(line + "\n")
    return 0


def _print_json(reading: Reading, args: argparse.Namespace) -> None:
    from caro.printable import printable_json_bytes
    from caro.record.history import by_start
    from caro.record.writer import encode_event

    out = sys.stdout.buffer
    for event in by_start(reading.events(args, args.limit)):
        out.write(printable_json_bytes(encode_event(event)))
    out.flush()


def _rows(reading: Reading, args: argparse.Namespace, limit: int | None) -> Iterator[Row]:
    """Yield the last `limit` rows. Several events may be one, so more of them are read until there are enough."""
    if limit is None:
        return iter(_folded(reading.events(args), args))
    count = 4 * limit + 200 if limit else 0
    while True:
        events = list(reading.events(args, count))
        rows = list(_folded(events, args))
        if len(rows) >= limit or len(events) < count:
            return iter(rows[len(rows) - limit :] if len(rows) > limit else rows)
        count *= 4


def _folded(events: Iterable[Event], args: argparse.Namespace) -> Iterator[Row]:
    from caro.record.folded import Row, fold_rows
    from caro.record.history import by_start

    ordered = by_start(events)
    if args.full or args.kind:
        return (Row(event) for event in ordered)
    selected = args.failed or args.command or args.cwd or args.grep or args.slower is not None
    return fold_rows(ordered, prompts=not selected)
