"""The filters that the reading commands share, and the log they read."""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from caro.cli.tell import tell
from caro.errors import CaroError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from caro.model import Event
    from caro.record.index import Progress
    from caro.record.query import Filter
    from caro.record.reader import BadLines, Snapshot
    from caro.record.totals import Totals
    from caro.record.typed_totals import TypedTotals


def add_log_argument(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--log", type=Path, metavar="FILE", help="read FILE instead of the log")


def add_filter_arguments(parser: argparse.ArgumentParser) -> None:
    add_log_argument(parser)
    which = parser.add_mutually_exclusive_group()
    which.add_argument(
        "--session", default="", metavar="ID", help="one session, by its id or the id's beginning"
    )
    which.add_argument("--last", action="store_true", help="the last session")
    when = "RFC 3339, a date, 10m, 2h, 3d, today or yesterday"
    parser.add_argument("--since", default="", metavar="TIME", help=f"started at TIME or later: {when}")
    parser.add_argument("--until", default="", metavar="TIME", help="started before TIME")
    parser.add_argument("--command", default="", metavar="NAME", help="the tool, by name or by path")
    parser.add_argument("--cwd", default="", metavar="DIR", help="started in DIR or below")
    parser.add_argument("--failed", action="store_true", help="failed, or ended by a signal")
    parser.add_argument("--slower", type=float, metavar="MS", help="took MS milliseconds or longer")
    parser.add_argument(
        "--grep", default="", metavar="TEXT", help="TEXT is in the command line (case ignored)"
    )
    parser.add_argument(
        "--agent",
        default="",
        metavar="NAME",
        help="what the agent NAME ran or asked for (`any`: every agent)",
    )
    parser.add_argument(
        "--kind",
        action="append",
        default=[],
        metavar="KIND",
        help="exec, exec_start, line, builtin, verdict or session; may be repeated (default: all but exec_start)",
    )


def filter_of(args: argparse.Namespace) -> Filter:
    """Raises UsageError for a time or a kind that can't be understood."""
    from caro.model import KINDS
    from caro.record.query import SHOWN_KINDS, Filter
    from caro.record.times import parse_when

    kinds = tuple(kind for word in args.kind for kind in word.split(","))
    for kind in kinds:
        if kind not in KINDS:
            raise UsageError(f"--kind {kind!r}: there is no such kind; give one of {', '.join(KINDS)}")
    return Filter(
        session=args.session,
        since=parse_when(args.since) if args.since else "",
        until=parse_when(args.until) if args.until else "",
        command=args.command,
        cwd=folders(args.cwd),
        failed=args.failed,
        slower=args.slower,
        grep=args.grep,
        agent=args.agent,
        kinds=kinds or SHOWN_KINDS,
    )


def folders(name: str) -> tuple[str, ...]:
    """The folder as it was named and as the kernel names it: events have the second, shells may know the first."""
    if not name:
        return ()
    name = os.path.expanduser(name)
    return tuple(dict.fromkeys((os.path.realpath(name), os.path.abspath(name))))


class Reading:
    """Open one reading command's log; tell at the end what could not be read. A context manager."""

    def __init__(self, args: argparse.Namespace, must_exist: bool = True) -> None:
        from caro.paths import Paths
        from caro.record.reader import BadLines, Snapshot
        from caro.settings import load_settings, log_file

        self.paths = Paths.of(os.environ)
        self.settings = load_settings(os.environ, self.paths)
        self.log: Path = args.log or log_file(self.settings, self.paths)
        self._usual = args.log is None
        self._json = bool(getattr(args, "json", False))
        self.bad: BadLines = BadLines()
        self._read: set[Path] = set()
        self.snapshot: Snapshot = Snapshot(self.log)
        # What another log says has nothing to do with the histories that were imported here.
        self.imported: Snapshot = Snapshot(self.paths.imported if self._usual else Path(os.devnull, "none"))
        if must_exist and args.log is not None and not self.snapshot.files:
            raise CaroError(f"{args.log}: there is no such log")

    def __enter__(self) -> Reading:
        return self

    def __exit__(self, *error: object) -> None:
        self.snapshot.close()
        self.imported.close()
        if error[0] is not None:
            return
        if self.bad.count:
            tell(self.bad.sentence())
        if self._usual:
            self._keep_up()

    def _keep_up(self) -> None:
        """Rotation and retention, when the answer is out: for those who run no daemon."""
        from caro.record.index_file import index_path
        from caro.record.upkeep import keep_up

        sys.stdout.flush()
        limits = (self.settings["trace.rotate_mb"], self.settings["privacy.retention_days"])
        history_days = float(self.settings["privacy.history_days"])
        index = index_path(self.paths, self.log)
        imported = self.paths.imported
        if keep_up(self.log, *limits, index, history_days=history_days, imported=imported, held=self._unsent):
            from caro.record.lines_build import drop_lines

            drop_lines(self.paths)

    def _unsent(self) -> str:
        """Return since when events wait to be sent to a server; "" where none is sent."""
        if not self.settings["fleet.enabled"]:
            return ""
        from caro.outbox.hold import oldest_unsent

        return oldest_unsent(self.settings, self.paths, self.log)

    def events(self, args: argparse.Namespace, count: int | None = None) -> Iterator[Event]:
        """Yield the events that the filters let through, in the order they were written."""
        wanted = filter_of(args)
        if not args.last:
            return self.find(self.snapshot, wanted, count)
        matching = (event for event in self.last_session() if wanted.matches(event))
        if count is None:
            return matching
        from collections import deque

        return iter(deque(matching, maxlen=count))

    def find(self, snapshot: Snapshot, wanted: Filter, count: int | None) -> Iterator[Event]:
        """Yield the last `count` events (all for None) of a snapshot that the filter lets through, as written."""
        from caro.record.find import find_events
        from caro.record.index_file import index_path

        index = index_path(self.paths, snapshot.log) if self._pays(snapshot, wanted) else None
        progress = progress_line("indexing the log")
        return find_events(
            snapshot, wanted, self.bad_lines(snapshot.log), count=count, index=index, progress=progress
        )

    def _pays(self, snapshot: Snapshot, wanted: Filter) -> bool:
        """True if an index can leave something out: in what was imported there are typed lines of people alone."""
        from caro.record.query import Filter

        every = Filter(
            kinds=wanted.kinds, people=wanted.people, told=wanted.told, remembered=wanted.remembered
        )
        return snapshot is not self.imported or wanted != every

    def bad_lines(self, log: Path) -> BadLines:
        """Return where to count a log's bad lines: what a second question meets again is told once."""
        from caro.record.reader import BadLines

        first = log not in self._read
        self._read.add(log)
        return self.bad if first else BadLines()

    def totals(self, args: argparse.Namespace) -> Totals:
        """Return the totals of the events that the filters let through."""
        from caro.record.find import count_events, totals_of
        from caro.record.index_file import index_path

        if args.last:
            return totals_of(self.events(args))
        index = index_path(self.paths, self.log)
        progress = progress_line("indexing the log")
        bad = self.bad_lines(self.log)
        return count_events(self.snapshot, filter_of(args), bad, index=index, progress=progress)

    def typed_totals(self, snapshot: Snapshot, wanted: Filter) -> TypedTotals:
        """Return the totals of a snapshot's typed lines that the filter lets through."""
        from caro.record.find import count_typed
        from caro.record.index_file import index_path

        index = index_path(self.paths, snapshot.log)
        progress = progress_line("indexing the log")
        return count_typed(snapshot, wanted, self.bad_lines(snapshot.log), index=index, progress=progress)

    def tell_if_empty(self, elsewhere: object = None) -> None:
        """A first user's empty answer is a question: where is everything? Silent where there is something elsewhere."""
        if not self.snapshot.files and not elsewhere and not self._json:
            tell(f"nothing is recorded in {self.log} yet; try: caro run -- git status")

    def last_session(self) -> Iterator[Event]:
        from caro.record.last import find_last_session, session_events

        last = find_last_session(self.snapshot)
        return iter(()) if last is None else session_events(self.snapshot, last, self.bad_lines(self.log))


UNKNOWN = 1 << 62
"""A total that nobody knows: the work's own count is shown."""


def progress_line(what: str) -> Progress | None:
    """Show how far long work is, on standard error where that is a terminal, from the second second on."""
    if sys.stderr is None or not sys.stderr.isatty():
        return None
    started = shown = time.monotonic()

    def show(done: int, total: int) -> None:
        nonlocal shown
        now = time.monotonic()
        finished = done >= total
        if (finished and shown > started) or now - shown >= 0.2:
            shown = now
            text = "" if finished else f"caro: {what}: {_how_far(done, total)}"
            print(f"\r\x1b[K{text}", end="", file=sys.stderr, flush=True)

    return show


def _how_far(done: int, total: int) -> str:
    return f"{done:,} events" if total == UNKNOWN else f"{100 * done // max(total, 1)} %"


def telling_progress(events: Iterable[Event], what: str) -> Iterator[Event]:
    """Yield the events; on a terminal, say how many there were so far."""
    progress = progress_line(what)
    count = 0
    for count, event in enumerate(events, 1):
        if progress is not None and count % 1000 == 0:
            progress(count, UNKNOWN)
        yield event
    if progress is not None:
        progress(count, count)
