"""Show everything about one event, or a command line that runs it again."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from caro.cli.filters import Reading, add_log_argument
from caro.errors import CaroError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from caro.model import Event
    from caro.record.joined import Joined

SLACK = 120.0
"""Seconds by which an event's time may differ from its id's."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "event", metavar="EVENT", help="the event's id or its beginning (caro log --json has them), or `last`"
    )
    add_log_argument(parser)
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--shell", action="store_true", help="a command line that runs it again")
    how.add_argument("--strace", action="store_true", help="its exec as strace writes it")
    how.add_argument("--json", action="store_true", help="the event as it is recorded")


def run(args: argparse.Namespace) -> int:
    with Reading(args) as reading:
        event = find_event(reading, args.event)
        if args.json:
            from caro.printable import printable_json_bytes
            from caro.show.event_card import event_json

            sys.stdout.buffer.write(printable_json_bytes(event_json(event)) + b"\n")
        elif args.shell:
            from caro.show.event_card import shell_lines

            print("\n".join(shell_lines(event)))
        elif args.strace:
            from caro.show.event_card import strace_line

            if event.kind not in ("exec", "exec_start"):
                raise UsageError(f"{event.id} is a {event.kind}, which is no exec")
            print(strace_line(event))
        else:
            _show(reading, event)
    return 0


def _show(reading: Reading, event: Event) -> None:
    from caro.show.event_card import card_lines
    from caro.show.event_text import command_line
    from caro.show.look import look_of

    wanted = event.parent_id or event.line_id
    above = next(_named(reading, wanted), None) if wanted else None
    look = look_of(sys.stdout, reading.settings["ui.colour"])
    for line in card_lines(
        event,
        look,
        command_line(above) if above is not None else None,
        _recorded(reading, event),
        _joined(reading, event),
    ):
        sys.stdout.write(line + "\n")


def _joined(reading: Reading, event: Event) -> Joined | None:
    """Return what a pipe joins it to, among what ran at about the same time."""
    from caro.record.joined import Pipes
    from caro.record.query import Filter
    from caro.record.times import seconds_ts, ts_seconds

    if "pipe:" not in (event.fds or ""):
        return None
    began = ts_seconds(event.ts)
    near = Filter(
        session=event.session_id or "", since=seconds_ts(began - SLACK), until=seconds_ts(began + SLACK)
    )
    return Pipes(reading.find(reading.snapshot, near, None)).of(event)


def _recorded(reading: Reading, event: Event) -> str:
    """Return how the recording that shows it is played; empty where there is none."""
    from caro.recording.files import place_of, recordings, shown_at

    found = recordings(reading.paths.recordings)
    place = place_of(event, found, shell_of(reading, event)) if found else None
    return shown_at(place, event) if place is not None else ""


def shell_of(reading: Reading, event: Event) -> int | None:
    """Return the process of the shell in whose session it ran; None where that is not recorded."""
    from caro.record.query import Filter

    if not event.session_id:
        return None
    wanted = Filter(session=event.session_id, kinds=("session",))
    return next((found.pid for found in reading.find(reading.snapshot, wanted, None)), None)


def find_event(reading: Reading, name: str) -> Event:
    """Return the event whose id begins so."""
    if name == "last":
        from caro.record.last import last_events
        from caro.record.query import SHOWN_KINDS, Filter

        last = last_events(reading.snapshot, Filter(kinds=SHOWN_KINDS), 1)
        if not last:
            raise CaroError(f"nothing is recorded in {reading.log} yet; try: caro run -- git status")
        return last[0]
    found: dict[str, Event] = {}
    for event in _named(reading, name):
        # Its end tells more than its start, and has the same id.
        if event.kind != "exec_start" or event.id not in found:
            found[event.id] = event
    if not found:
        raise CaroError(f"no event {name} in {reading.log}; caro log --json has the ids")
    if len(found) > 1:
        some = ", ".join(list(found)[:3])
        raise UsageError(f"{len(found)} events begin with {name} ({some} …); give more of the id")
    return next(iter(found.values()))


def _named(reading: Reading, name: str) -> Iterator[Event]:
    """Yield the events whose id begins so: those of the time that the id tells, else all are looked through."""
    from caro.record.query import Filter
    from caro.record.times import seconds_ts
    from caro.record.uuid7 import unix_ms_of

    named = False
    if (ms := unix_ms_of(name)) is not None:
        near = Filter(since=seconds_ts(ms / 1000 - SLACK), until=seconds_ts(ms / 1000 + SLACK))
        for event in reading.find(reading.snapshot, near, None):
            if event.id.startswith(name):
                named = True
                yield event
    if not named:
        from caro.record.find import scan_events

        every = scan_events(reading.snapshot, Filter(), reading.bad_lines(reading.log))
        yield from (event for event in every if event.id.startswith(name))
