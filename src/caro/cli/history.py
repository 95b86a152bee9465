"""Show the lines that were typed, newest last."""

from __future__ import annotations

import argparse
import os
import sys
import time
from typing import TYPE_CHECKING

from caro.cli import forget_history
from caro.cli.filters import Reading, add_log_argument, folders
from caro.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from caro.model import Event
    from caro.record.query import Filter

LIMIT = 1000
"""Lines on a terminal where no number is given; a pipe gets all."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_log_argument(parser)
    parser.add_argument("--here", action="store_true", help="typed in this folder or below")
    parser.add_argument(
        "--session",
        nargs="?",
        const="",
        metavar="ID",
        help="of one session, by its id or the id's beginning; without ID: this shell's",
    )
    parser.add_argument("--failed", action="store_true", help="failed, or ended by a signal")
    parser.add_argument(
        "--since",
        default="",
        metavar="TIME",
        help="typed at TIME or later: RFC 3339, a date, 10m, 2h, today …",
    )
    parser.add_argument("--until", default="", metavar="TIME", help="typed before TIME")
    parser.add_argument("--host", default="", metavar="NAME", help="typed on that machine")
    parser.add_argument("--grep", default="", metavar="TEXT", help="TEXT is in the line (case ignored)")
    parser.add_argument(
        "--agents", action="store_true", help="agents' lines too, marked with the agent's name"
    )
    parser.add_argument(
        "-n", "--limit", type=int, metavar="N", help=f"the last N; 0: all (a terminal gets {LIMIT})"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.add_argument(
        "--format",
        default="",
        metavar="TEXT",
        help="rows as TEXT with {time} {ago} {exit} {duration} {shell} {folder} {session} {host} {agent} {source}"
        " {line} {id} filled in; a {line} of several lines keeps them",
    )
    actions = parser.add_subparsers(dest="action", metavar="ACTION")
    forget_history.add_arguments(
        actions.add_parser("forget", help="take lines out of everything that Caro keeps")
    )


def run(args: argparse.Namespace) -> int:
    if args.action == "forget":
        return forget_history.run(args)
    if args.limit is not None and args.limit < 0:
        raise UsageError("-n: give a number that is not below zero")
    with Reading(args) as reading:
        reading.tell_if_empty(reading.imported.files)
        _print(args, reading, typed_lines(reading, _filter_of(args, reading), _limit_of(args)))
    return 0


def _limit_of(args: argparse.Namespace) -> int | None:
    if args.limit is None:
        return LIMIT if sys.stdout.isatty() and not args.json else None
    return args.limit or None


def _filter_of(args: argparse.Namespace, reading: Reading) -> Filter:
    from caro.record.query import Filter
    from caro.record.times import parse_when

    session = args.session
    if session == "":
        session = os.environ.get("CARO_SESSION_ID", "")
        if not session:
            raise UsageError(
                "--session: this shell has no session of Caro's; give an id (caro log shows them)"
            )
    return Filter(
        session=session or "",
        since=parse_when(args.since) if args.since else "",
        until=parse_when(args.until) if args.until else "",
        cwd=folders(os.getcwd()) if args.here else (),
        failed=args.failed,
        grep=args.grep,
        host=args.host,
        kinds=("line",),
        people=not args.agents,
        told=True,
        remembered=bool(reading.settings["privacy.ignore_space"]),
    )


def typed_lines(reading: Reading, wanted: Filter, limit: int | None) -> Iterator[Event]:
    """Yield the last `limit` lines (all for None) of the log and of imported histories, in the order typed."""
    from caro.record.history import in_typed_order

    found = [*reading.find(reading.imported, wanted, limit), *reading.find(reading.snapshot, wanted, limit)]
    ordered = list(in_typed_order(found))
    return iter(ordered[-limit:] if limit is not None else ordered)


def _print(args: argparse.Namespace, reading: Reading, lines: Iterator[Event]) -> None:
    from caro.cli.pager import paged
    from caro.show.history_lines import HistoryLines, read_format
    from caro.show.look import look_of

    look = look_of(sys.stdout, reading.settings["ui.colour"])
    row_of = read_format(args.format) if args.format else None
    shells = _shells(reading) if args.json or "{shell}" in args.format else {}
    rows = HistoryLines(look, time.time(), shells, args.agents)
    if args.json:
        for event in lines:
            sys.stdout.buffer.write(rows.json(event))
        sys.stdout.buffer.flush()
        return
    with paged(newest_last=True) as out:
        out.write_lines((rows.formatted(event, row_of) if row_of else rows.row(event)) for event in lines)


def _shells(reading: Reading) -> dict[str, str]:
    """Return the shell of each session that told one."""
    from caro.record.query import Filter

    opened = reading.find(reading.snapshot, Filter(kinds=("session",)), None)
    return {event.session_id or "": event.command for event in opened if event.command}
