"""Export what is recorded, or erase it for good."""

from __future__ import annotations

import argparse
import os
import sys
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from caro.cli.asking import is_yes
from caro.cli.filters import Reading, add_log_argument, progress_line
from caro.errors import CaroError, UsageError

if TYPE_CHECKING:
    from caro.record.erase import Condemned
    from caro.record.query import Filter


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    export = actions.add_parser("export", help="write the events, one JSON object a line")
    _add_scope(export, required=False)
    export.add_argument(
        "-o", "--output", type=Path, metavar="FILE", help="into FILE, which must not exist yet"
    )
    delete = actions.add_parser("delete", help="erase events from the log, rotated files and the index")
    _add_scope(delete, required=True)
    delete.add_argument("--yes", "-y", action="store_true", help="don't ask")


def _add_scope(parser: argparse.ArgumentParser, required: bool) -> None:
    add_log_argument(parser)
    scope = parser.add_mutually_exclusive_group(required=required)
    scope.add_argument(
        "--session", default="", metavar="ID", help="one session, by its id or the id's beginning"
    )
    scope.add_argument(
        "--before", default="", metavar="TIME", help="started before TIME (RFC 3339, a date, 30d …)"
    )
    scope.add_argument("--all", action="store_true", help="everything")


def run(args: argparse.Namespace) -> int:
    return export(args) if args.action == "export" else delete(args)


def _scope_of(args: argparse.Namespace) -> Filter:
    from caro.record.query import Filter
    from caro.record.times import parse_when

    return Filter(session=args.session, until=parse_when(args.before) if args.before else "")


def export(args: argparse.Namespace) -> int:
    from caro.printable import printable_json_bytes
    from caro.record.find import scan_events
    from caro.record.writer import encode_event

    wanted = _scope_of(args)
    with Reading(args) as reading:
        count, done = 0, 0
        files = [*reading.imported.files, *reading.snapshot.files]
        total = sum(file.size for file in files)
        progress = progress_line("exporting") if args.output is not None else None
        out: BinaryIO = _create(args.output) if args.output is not None else sys.stdout.buffer
        try:
            events = (scan_events(part, wanted, reading.bad) for part in (reading.imported, reading.snapshot))
            for event in chain.from_iterable(events):
                line = printable_json_bytes(encode_event(event))
                out.write(line)
                count, done = count + 1, done + len(line)
                if progress is not None and count % 1000 == 0:
                    progress(min(done, total - 1), total)
            out.flush()
        except BaseException:
            # A part of a record looks like a whole one.
            if args.output is not None:
                args.output.unlink(missing_ok=True)
            raise
        finally:
            if progress is not None:
                progress(total, total)
            if args.output is not None:
                out.close()
    if args.output is not None:
        print(f"{count} event{'s' * (count != 1)} written to {args.output}")
    return 0


def _create(path: Path) -> BinaryIO:
    try:
        return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "wb")
    except FileExistsError:
        raise CaroError(f"{path} is there already; name another file") from None
    except OSError as error:
        raise CaroError(f"cannot write {path}: {error.strerror}") from None


def delete(args: argparse.Namespace) -> int:
    from caro.cli.forget_history import tell_daemon
    from caro.record.counted import erase_counted
    from caro.record.erase import erase_events
    from caro.record.imported import erase_imported
    from caro.record.index_file import index_path
    from caro.record.lines_build import drop_lines
    from caro.recording.files import forget
    from caro.sync.state import SyncFile, forget_texts

    condemned = _condemned(args)
    with Reading(args) as reading:
        log, index = reading.log, index_path(reading.paths, reading.log)
        paths, imported = reading.paths, bool(reading.imported.files)
        if not reading.snapshot.files and not imported:
            print(f"nothing is recorded in {log}")
            return 0
    if not args.yes and not _confirmed(args, log):
        return 1
    count = erase_events(log, condemned, index, progress_line("erasing"))
    more = ""
    if imported:
        gone = erase_imported(
            paths.imported, condemned or (lambda event: True), index_path(paths, paths.imported)
        )
        more = f", {gone} imported line{'s' * (gone != 1)} from {paths.imported}"
    if args.all:
        erase_counted(paths.counted, lambda text: True)
        forget_texts(SyncFile(paths), lambda text: True)
    recorded = forget(paths.recordings, _scope_of(args).until, args.session)
    if recorded:
        more += f", {recorded} recording{'s' * (recorded != 1)} of a terminal"
    # Searches read a file of their own, which is made anew of what is left.
    drop_lines(paths)
    print(f"{count} event{'s' * (count != 1)} erased from {log}{more}")
    tell_daemon(paths)
    return 0


def _condemned(args: argparse.Namespace) -> Condemned | None:
    return None if args.all else _scope_of(args).matches


def _confirmed(args: argparse.Namespace, log: Path) -> bool:
    """Ask on a terminal. Elsewhere nobody can answer, and what is erased does not come back."""
    if sys.stdin is None or not sys.stdin.isatty():
        raise UsageError("privacy delete: no terminal to ask on; --yes says that you are sure")
    what = (
        "everything"
        if args.all
        else f"session {args.session}"
        if args.session
        else f"all before {args.before}"
    )
    print(f"Erase {what} from {log} for good? [y/N] ", end="", file=sys.stderr, flush=True)
    return is_yes(sys.stdin.readline())
