"""Count commands, failures and time by tool."""

from __future__ import annotations

import argparse
import sys

from caro.cli.filters import Reading, add_filter_arguments


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_filter_arguments(parser)
    parser.add_argument("--json", action="store_true", help="one JSON document")


def run(args: argparse.Namespace) -> int:
    args.kind = args.kind or ["exec"]
    with Reading(args) as reading:
        reading.tell_if_empty()
        numbers = reading.totals(args).as_json()
        if args.json:
            import msgspec

            from caro.printable import printable_json_bytes

            sys.stdout.buffer.write(printable_json_bytes(msgspec.json.encode(numbers)) + b"\n")
            return 0
        from caro.show.look import look_of
        from caro.show.stats_table import stats_lines

        for line in stats_lines(numbers, look_of(sys.stdout, reading.settings["ui.colour"])):
            sys.stdout.write(line + "\n")
    return 0
