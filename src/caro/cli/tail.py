"""Follow commands as they happen."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from caro.cli.filters import Reading, add_log_argument
from caro.cli.tell import tell

if TYPE_CHECKING:
    from caro.model import Event
    from caro.show.look import Look


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_log_argument(parser)
    parser.add_argument(
        "--session", default="", metavar="ID", help="one session, by its id or the id's beginning"
    )
    parser.add_argument(
        "-n", "--limit", type=int, default=10, metavar="N", help="first the last N (default 10)"
    )
    parser.add_argument("--json", action="store_true", help="one event a line, as in the log")
    parser.add_argument("--full", action="store_true", help="don't shorten lines to the terminal's width")


def run(args: argparse.Namespace) -> int:
    from caro.record.last import last_events
    from caro.record.query import Filter
    from caro.record.tail import Follower

    with (
        Reading(args, must_exist=False) as reading,
        Follower.at_end(reading.snapshot, reading.bad) as follower,
    ):
        from caro.show.look import look_of

        wanted = Filter(session=args.session)
        look = look_of(sys.stdout, reading.settings["ui.colour"], args.full)
        show = _Json() if args.json else _Lines(look)
        show.events(last_events(reading.snapshot, wanted, max(args.limit, 0)))
        if not reading.snapshot.files and not args.json:
            tell(f"nothing is recorded in {reading.log} yet; waiting")
        reading.snapshot.close()
        try:
            for events in follower.follow():
                show.events([event for event in events if wanted.matches(event)])
        finally:
            show.close()
    return 0


class _Json:
    def events(self, events: list[Event]) -> None:
        from caro.printable import printable_json_bytes
        from caro.record.writer import encode_event

        if events:
            sys.stdout.buffer.write(printable_json_bytes(b"".join(map(encode_event, events))))
            sys.stdout.buffer.flush()

    def close(self) -> None:
        pass


class _Lines(_Json):
    """Lines for people. On a terminal a last line, redrawn each second, tells what still runs."""

    def __init__(self, look: Look) -> None:
        from caro.show.event_line import EventLines

        self._look = look
        self._lines = EventLines(look)
        self._running: dict[str, Event] = {}
        self._footer = ""

    def events(self, events: list[Event]) -> None:
        from caro.record.folded import Row

        terminal = sys.stdout.isatty()
        out: list[str] = []
        for event in events:
            if event.kind == "exec_start":
                self._running[event.id] = event
                if terminal:
                    continue
            else:
                self._running.pop(event.id, None)
            out += [line + "\n" for line in self._lines.lines(Row(event))]
        if not terminal:
            sys.stdout.write("".join(out))
            sys.stdout.flush()
            return
        footer = self._running_line()
        if out or footer != self._footer:
            self._footer = footer
            sys.stdout.write("\r\x1b[K" + "".join(out) + footer)
            sys.stdout.flush()

    def _running_line(self) -> str:
        """`▶ 2 running: make 12 s, node 3 s`, in one row of the terminal."""
        from caro.record.alive import is_alive
        from caro.record.times import elapsed_ms
        from caro.show.event_text import command_line
        from caro.show.look import shorten

        self._running = {key: event for key, event in self._running.items() if is_alive(event)}
        if not self._running:
            return ""
        newest = sorted(self._running.values(), key=lambda event: event.ts, reverse=True)
        parts = [
            f"{shorten(command_line(event), 30, self._look)} {elapsed_ms(event.ts) // 1000:.0f} s"
            for event in newest
        ]
        text = f"{self._look.mark('▶', '>')} {len(parts)} running: {', '.join(parts)}"
        columns = self._look.columns or 80
        return self._look.paint(shorten(text, columns - 1, self._look), "yellow")

    def close(self) -> None:
        if self._footer:
            sys.stdout.write("\r\x1b[K")
            sys.stdout.flush()
