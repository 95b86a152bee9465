"""Look at the record on a screen of its own: sessions, what ran, trees, verdicts."""

from __future__ import annotations

import argparse
import os
import shlex
import sys
from typing import TYPE_CHECKING

from caro.cli.filters import Reading, add_filter_arguments, filter_of
from caro.errors import CaroError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from caro.engine.guard import Guard
    from caro.model import Event
    from caro.record.query import Filter
    from caro.tui.source import Source

PLAIN_ROWS = 40


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_filter_arguments(parser)
    parser.add_argument(
        "--plain",
        action="store_true",
        help="the same as text, for screen readers and terminals that can do little",
    )
    parser.add_argument(
        "--over",
        action="store_true",
        help="on the last failure, over the terminal of whoever calls (the key does this); prints what was taken",
    )
    parser.add_argument("--shell", default="", metavar="NAME", help=argparse.SUPPRESS)
    parser.add_argument("--into", metavar="FILE", help=argparse.SUPPRESS)


def run(args: argparse.Namespace) -> int:
    from caro.record.index_file import index_path
    from caro.tui.source import Source

    wanted = filter_of(args)
    if args.over:
        from caro.tui.popup import in_popup

        taken = in_popup(os.environ, args.shell)
        if taken is not None:
            sys.stdout.write(taken)
            return 0
        on_terminal, answers = os.isatty(0) and os.isatty(2), os.dup(1)
        # The screen asks its standard output for the size; whoever called reads the other one.
        os.dup2(2, 1)
    else:
        on_terminal, answers = os.isatty(0) and os.isatty(1), 1
    with Reading(args) as reading:
        reading.tell_if_empty()
        if args.last:
            last = next(iter(reading.last_session()), None)
            from dataclasses import replace

            wanted = replace(wanted, session=(last.session_id or "") if last is not None else "")
        with Source(reading.log, index_path(reading.paths, reading.log)) as source:
            if args.plain or os.environ.get("TERM") == "dumb":
                return _plain(source, wanted)
            if not on_terminal:
                raise UsageError("caro tui needs a terminal; --plain prints the same as text")
            chosen = _screen(reading, source, wanted, args)
    if chosen and args.into:
        with open(args.into, "w", encoding="utf-8") as file:
            file.write(chosen)
    elif chosen:
        # Never run: it is printed, for the person or the key that opened this.
        os.write(answers, chosen.encode("utf-8", "surrogateescape") + b"\n")
    return 0


def _screen(reading: Reading, source: Source, wanted: Filter, args: argparse.Namespace) -> str | None:
    """Show the screen until it is left; return the line that was chosen for the prompt.

    What takes long is loaded behind the first frame.
    """
    from caro.show.look import Look, look_of
    from caro.tui.first_frame import first_frame, other_screen
    from caro.tui.source import last_failure, sessions_of

    look = Look(colour=look_of(sys.stdout, reading.settings["ui.colour"]).colour, unicode=True, columns=0)
    session = os.environ.get("CARO_SESSION_ID", "") if args.over or args.into else None
    _need_textual()
    events = source.read_ahead(wanted)
    with other_screen(1, 0) as terminal:
        failure = last_failure(events, session) if session is not None else None
        cursor = len(events) if failure is None else failure
        terminal.draw(first_frame(events, sessions_of(events), cursor, os.get_terminal_size(1), look))
        from caro.tui.app import Screen

        told = _recorded(reading), _judged()
        app = Screen(
            source,
            wanted,
            _filter_from,
            look.colour,
            session,
            *told,
            drawn=True,
            here=_here(),
            shell=args.shell,
        )
        try:
            return app.run()
        finally:
            terminal.left = True


def _here() -> str:
    """Return the folder of the prompt that this was opened from; "" where it is gone."""
    try:
        return os.getcwd()
    except OSError:
        return ""


def _need_textual() -> None:
    """Raises CaroError where Textual is not installed."""
    from importlib.util import find_spec

    if find_spec("textual") is None:
        raise CaroError(
            "caro tui needs Textual, which is not installed; pipx install --force '.[tui]',"
            " or look at it as text: caro tui --plain"
        )


def _recorded(reading: Reading) -> Callable[[Event], str]:
    """Return what says which recording of the terminal shows an event; sessions are looked up once each."""
    from caro.cli.show import shell_of
    from caro.recording.files import place_of, recordings, shown_at

    found = recordings(reading.paths.recordings)
    shells: dict[str | None, int | None] = {}

    def shown(event: Event) -> str:
        if not found:
            return ""
        if event.session_id not in shells:
            shells[event.session_id] = shell_of(reading, event)
        place = place_of(event, found, shells[event.session_id])
        return shown_at(place, event) if place is not None else ""

    return shown


def _judged() -> Callable[[Event], list[str]]:
    """Return what tells how the points of a verdict come together; the guard is loaded for the first one."""
    guards: list[Guard] = []

    def told(event: Event) -> list[str]:
        from caro.engine.process import guard_of
        from caro.engine.question import Question
        from caro.engine.story import points

        if not guards:
            guards.append(guard_of(os.environ, lambda problem: None))
        question = Question(event.text or "", cwd=event.cwd, agent=event.agent, tty=True, mode="active")
        return points(guards[0].decide(question))

    return told


def _filter_from(text: str) -> Filter:
    """Return the filter of a line with the words of `caro log`; words that are no options are looked for as text."""
    parser = argparse.ArgumentParser(add_help=False, exit_on_error=False)
    add_filter_arguments(parser)
    try:
        args, rest = parser.parse_known_args(shlex.split(text))
    except (argparse.ArgumentError, ValueError) as error:
        raise UsageError(str(error)) from None
    if unknown := [word for word in rest if word.startswith("--")]:
        raise UsageError(f"{unknown[0]}: there is no such filter")
    if rest:
        args.grep = " ".join(rest)
    return filter_of(args)


def _plain(source: object, wanted: Filter) -> int:
    from caro.show.event_line import EventLines
    from caro.show.event_text import counted
    from caro.show.look import look_of
    from caro.tui.source import Source

    assert isinstance(source, Source)
    look = look_of(sys.stdout)
    lines = EventLines(look)
    events = source.newest(wanted)
    print("Sessions, the last one first")
    for row in source.sessions()[:10]:
        ran = f"{counted(row.commands, 'command')}, {row.failures} failed"
        print(f"  {row.last_ts}  {row.agent or 'shell'}  {ran}  {row.session_id}")
    for title, shown in (
        ("What ran, newest last", events),
        ("Verdicts", [event for event in events if event.action in ("warn", "confirm", "block")]),
    ):
        print(f"\n{title}")
        for event in shown[-PLAIN_ROWS:]:
            print("  " + lines.line(event))
    return 0
