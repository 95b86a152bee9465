"""Show recorded commands, filtered."""

from __future__ import annotations

import argparse
import sys

from caro.cli.filters import Reading, add_filter_arguments
from caro.errors import UsageError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_filter_arguments(parser)
    parser.add_argument("-n", "--limit", type=int, metavar="N", help="only the last N")
    parser.add_argument("--json", action="store_true", help="one event a line, as in the log")
    parser.add_argument("--full", action="store_true", help="don't shorten lines to the terminal's width")


def run(args: argparse.Namespace) -> int:
    if args.limit is not None and args.limit < 0:
        raise UsageError("-n: give a number that is not below zero")
    with Reading(args) as reading:
        reading.tell_if_empty()
        events = reading.events(args, args.limit)
        if args.json:
            from caro.printable import printable_json_bytes
            from caro.record.writer import encode_event

            out = sys.stdout.buffer
            for event in events:
                out.write(printable_json_bytes(encode_event(event)))
            out.flush()
            return 0
        from caro.show.event_line import EventLines
        from caro.show.look import look_of

        lines = EventLines(look_of(sys.stdout, reading.settings["ui.colour"], args.full))
        write = sys.stdout.write
        for event in events:
            write(lines.line(event) + "\n")
    return 0
