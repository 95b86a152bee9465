"""Play a recording of a terminal, or list them."""

from __future__ import annotations

import argparse
import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from caro.cli.filters import add_log_argument
from caro.errors import CaroError, UsageError

if TYPE_CHECKING:
    from caro.recording.files import Recording

LEAD_SECONDS = 1.0
"""So much of what came before an event is played too."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "recording",
        nargs="?",
        metavar="RECORDING",
        help="its number in --list, or a file; default: the newest",
    )
    add_log_argument(parser)
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--list", action="store_true", help="the recordings, the newest first")
    how.add_argument(
        "--text", action="store_true", help="all of it at once (so too where there is no terminal)"
    )
    parser.add_argument(
        "--at",
        default="",
        metavar="WHERE",
        help="begin there: an event (its id or the id's beginning, `last`), or a time (`90`, `1:30`)",
    )
    parser.add_argument("--speed", type=float, default=1.0, metavar="N", help="N times as fast")
    parser.add_argument(
        "--idle", type=float, default=2.0, metavar="SECONDS", help="no pause is longer (default: 2)"
    )
    parser.add_argument("--json", action="store_true", help="with --list: one JSON document")
    parser.epilog = "Keys: blank holds and goes on, `.` the next piece, right 5 seconds on, q ends."


def run(args: argparse.Namespace) -> int:
    from caro.paths import Paths
    from caro.recording.files import recordings

    if not (args.speed > 0 and args.idle >= 0):
        raise UsageError("play: --speed and --idle are numbers above 0")
    found = recordings(Paths.of(os.environ).recordings)
    if args.list:
        return _list(found, args.json)
    recording, start = _chosen(args, found)
    _play(recording.path, start, args)
    return 0


def _play(path: Path, start: float, args: argparse.Namespace) -> None:
    from caro.recording.play import play, write_all

    try:
        if args.text or not os.isatty(1):
            write_all(path)
        else:
            play(path, start, args.speed, args.idle)
    except OSError as error:
        raise CaroError(f"cannot play {path}: {error.strerror}") from None


def _chosen(args: argparse.Namespace, found: list[Recording]) -> tuple[Recording, float]:
    """Return the recording that is meant, and from where to play it."""
    if not args.at:
        return _named(args.recording, found), 0.0
    if (second := _second(args.at)) is not None:
        return _named(args.recording, found), second
    from caro.cli.filters import Reading
    from caro.cli.show import find_event, shell_of
    from caro.recording.files import place_of

    within = [_named(args.recording, found)] if args.recording else found
    with Reading(args) as reading:
        event = find_event(reading, args.at)
        place = place_of(event, within, shell_of(reading, event))
    if place is None:
        raise CaroError(f"play: no recording shows {event.id}; `caro play --list` has them")
    return place[0], max(0.0, place[1] - LEAD_SECONDS)


def _second(text: str) -> float | None:
    """Return `90`, `1:30` or `1:02:03` as seconds; None of what is an event's id."""
    if not re.fullmatch(r"\d{1,6}(\.\d+)?|(\d{1,3}:)?\d{1,3}:\d{2}", text):
        return None
    total = 0.0
    for part in text.split(":"):
        total = total * 60 + float(part)
    return total


def _named(name: str | None, found: list[Recording]) -> Recording:
    from caro.recording.files import read_recording

    if name is not None and not re.fullmatch(r"\d{1,6}", name):
        return read_recording(Path(name))
    number = int(name) if name is not None else 1
    if not found:
        raise CaroError("play: nothing is recorded yet; `caro record` begins")
    if not 1 <= number <= len(found):
        raise UsageError(f"play: there is no recording {number}; `caro play --list` has them")
    return found[number - 1]


def _list(found: list[Recording], as_json: bool) -> int:
    from caro.cli.tell import answer, answer_json
    from caro.record.times import LocalTimes, seconds_ts
    from caro.show.event_text import duration

    if as_json:
        answer_json([
            {"file": str(one.path), "began": seconds_ts(one.began), "seconds": one.seconds,
             "session_id": one.session or None, "bytes": one.size}
            for one in found
        ])  # fmt: skip
        return 0
    if not found:
        print("nothing is recorded yet; `caro record` begins", file=sys.stderr)
    times = LocalTimes()
    for number, one in enumerate(found, 1):
        took = duration(one.seconds * 1000) or "0"
        answer(
            f"{number:>3}  {times.show(seconds_ts(one.began))}  {took:>8}  {one.size:>10,} bytes  {one.path}"
        )
    return 0
