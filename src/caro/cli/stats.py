"""Count commands, failures and time by tool, and what was typed."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from typing import Any

from caro.cli.filters import Reading, add_filter_arguments


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_filter_arguments(parser)
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--json", action="store_true", help="one JSON document")
    how.add_argument("--svg", action="store_true", help="a picture, as SVG")


def run(args: argparse.Namespace) -> int:
    typed = not args.kind and not args.command
    args.kind = args.kind or ["exec"]
    with Reading(args) as reading:
        reading.tell_if_empty(reading.imported.files)
        numbers = reading.totals(args).as_json()
        if typed:
            numbers |= _typed(reading, args)
        if args.json:
            import msgspec

            from caro.printable import printable_json_bytes

            sys.stdout.buffer.write(printable_json_bytes(msgspec.json.encode(numbers)) + b"\n")
            return 0
        from caro.cli.pager import paged
        from caro.show.look import Look, look_of
        from caro.show.stats_table import stats_lines

        if args.svg:
            from caro.show.terminal_svg import terminal_svg

            sys.stdout.write(terminal_svg(stats_lines(numbers, Look(True, True, 100)), "caro stats"))
            return 0
        with paged() as out:
            for line in stats_lines(numbers, look_of(sys.stdout, reading.settings["ui.colour"])):
                out.write(line + "\n")
    return 0


def _typed(reading: Reading, args: argparse.Namespace) -> dict[str, Any]:
    """Return the numbers of the typed lines that the same filters let through, imported ones among them."""
    from caro.cli.filters import filter_of
    from caro.record.query import is_typed
    from caro.record.typed_totals import TypedTotals

    args.kind = ["line"]
    wanted = replace(filter_of(args), people=True)
    if args.last:
        totals = TypedTotals()
        totals.add(event for event in reading.events(args) if is_typed(event))
        if reading.settings["privacy.ignore_space"]:
            totals.drop_kept_back()
        return totals.as_json()
    totals = reading.typed_totals(reading.snapshot, wanted)
    if reading.settings["privacy.ignore_space"]:
        totals.drop_kept_back()
    totals.take(reading.typed_totals(reading.imported, wanted))
    return totals.as_json()
