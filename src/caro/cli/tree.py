"""Show who started whom."""

from __future__ import annotations

import argparse
import gc
import os
import sys
from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING

from caro.cli.filters import Reading, add_log_argument
from caro.errors import CaroError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from caro.model import Event


PIPED_COLUMNS = 240
"""How wide a line may get where there is no terminal."""
PICTURE_COLUMNS = 110


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_log_argument(parser)
    which = parser.add_mutually_exclusive_group()
    which.add_argument(
        "--session", default="", metavar="ID", help="one session, by its id or the id's beginning"
    )
    which.add_argument(
        "--last", action="store_true", help="the last session (else this shell's, where it has one)"
    )
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--json", action="store_true", help="one JSON document")
    how.add_argument("--svg", action="store_true", help="a picture, as SVG")
    parser.add_argument(
        "--full",
        action="store_true",
        help="each program that a process was, one after the other; what prompts ran; and no line is shortened",
    )


def run(args: argparse.Namespace) -> int:
    from caro.record.process_tree import build_trees

    # No node is garbage before the end, and the collector would look through all of them again and again.
    gc.disable()
    with Reading(args) as reading:
        trees = build_trees(_events(reading, args))
        if len(trees) > 1:
            names = ", ".join(str(tree.session_id) for tree in trees[:5])
            raise UsageError(
                f"--session {args.session}: several sessions begin so ({names}); give more of the id"
            )
        if not trees:
            if args.session:
                raise CaroError(f"no session {args.session} in {reading.log}; caro log shows what there is")
            raise CaroError(f"nothing is recorded in {reading.log} yet; try: caro run -- git status")
        from caro.show.tree_lines import tree_json, tree_lines

        if args.json:
            sys.stdout.buffer.write(tree_json(trees[0]) + b"\n")
            return 0
        from caro.show.look import Look, look_of

        if args.svg:
            from caro.show.terminal_svg import terminal_svg

            drawn = tree_lines(trees[0], Look(True, True, PICTURE_COLUMNS), steps=args.full)
            sys.stdout.write(terminal_svg(drawn, "caro tree", PICTURE_COLUMNS))
            return 0
        look = look_of(sys.stdout, reading.settings["ui.colour"], args.full)
        if not look.columns and not args.full:
            # An argument may have 32 KiB, which is no tree any more, in a file or a pipe either.
            look = replace(look, columns=PIPED_COLUMNS)
        for line in tree_lines(trees[0], look, steps=args.full):
            sys.stdout.write(line + "\n")
    return 0


def _events(reading: Reading, args: argparse.Namespace) -> Iterator[Event]:
    if args.session:
        from caro.record.query import Filter

        return reading.find(reading.snapshot, Filter(session=args.session), None)
    if not args.last and (here := _session_here(reading)):
        return iter(here)
    return _some(reading.last_session()) or _of_no_session(reading)


WITHOUT_SESSION = 10_000
"""So many of the newest events are looked at, where none is of a session."""


def _of_no_session(reading: Reading) -> Iterator[Event]:
    """Yield what other programs have logged without a session."""
    from caro.record.query import Filter

    found = reading.find(reading.snapshot, Filter(), WITHOUT_SESSION)
    return (event for event in found if event.session_id is None)


def _some(events: Iterator[Event]) -> Iterator[Event] | None:
    """Return the events as they were, or None where there is none."""
    first = next(events, None)
    return None if first is None else chain((first,), events)


def _session_here(reading: Reading) -> list[Event]:
    """Return what is recorded of this shell's session; nothing where it has none."""
    session = os.environ.get("CARO_SESSION_ID", "")
    if not session:
        return []
    from caro.record.last import find_session, session_events

    found = find_session(reading.snapshot, session)
    return [] if found is None else list(session_events(reading.snapshot, found, reading.bad))
