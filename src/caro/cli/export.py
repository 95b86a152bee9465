"""Write a record in another program's format: traces, tables, a compilation database."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from caro.cli.filters import Reading, add_filter_arguments, progress_line, telling_progress
from caro.cli.tell import tell
from caro.errors import CaroError, UsageError

if TYPE_CHECKING:
    from caro.model import Event


class Format(NamedTuple):
    help: str
    pieces: Callable[[Iterable[Event]], Iterator[bytes]]
    binary: bool = False
    whole: bool = False
    """True if all events are read before the first piece is made."""


def _jsonl(events: Iterable[Event]) -> Iterator[bytes]:
    from caro.printable import printable_json_bytes
    from caro.record.writer import encode_event

    return (printable_json_bytes(encode_event(event)) for event in events)


def _csv(events: Iterable[Event]) -> Iterator[bytes]:
    from caro.export.table import csv_rows

    return csv_rows(events)


def _parquet(events: Iterable[Event]) -> Iterator[bytes]:
    from caro.export.table import parquet_file

    return parquet_file(events)


def _chrome(events: Iterable[Event]) -> Iterator[bytes]:
    from caro.export.chrome import chrome_trace
    from caro.printable import printable_json_bytes

    return map(printable_json_bytes, chrome_trace(events))


def _perfetto(events: Iterable[Event]) -> Iterator[bytes]:
    from caro.export.perfetto import perfetto_trace

    return perfetto_trace(events)


def _otlp(events: Iterable[Event]) -> Iterator[bytes]:
    from caro.export.otlp import otlp_request

    return otlp_request(events, os.environ.get("TRACEPARENT", ""))


def _folded(events: Iterable[Event]) -> Iterator[bytes]:
    from caro.export.folded import folded_stacks

    return folded_stacks(events)


def _compile_commands(events: Iterable[Event]) -> Iterator[bytes]:
    import json

    from caro.export.compile_commands import compile_commands

    build = compile_commands(events)
    for count, what in (
        (build.cut, "whose arguments were too long to be recorded whole is left out"),
        (build.redacted, "holds a hidden secret and can't be run as it stands"),
    ):
        if count:
            tell(
                f"{count} of the compilers' runs: one {what}"
                if count > 1
                else f"one of the compilers' runs {what}"
            )
    if not build.entries:
        tell("no compiler ran in what was asked for; record the build first: caro run --mode deep -- make")
    entries = [entry for entry in build.entries if not _is_gone(entry)]
    yield (json.dumps(entries, indent=2, ensure_ascii=True) + "\n").encode()


def _is_gone(entry: dict[str, object]) -> bool:
    """True of a source that the build itself removed (configure's conftest.c), where this is the build's machine."""
    return os.path.isdir(str(entry["directory"])) and not os.path.exists(str(entry["file"]))


FORMATS = {
    "jsonl": Format("the events as they are, one JSON object a line", _jsonl),
    "csv": Format("a row for each event", _csv),
    "parquet": Format(
        "the same as a Parquet file (needs pyarrow: pipx install --force '.[parquet]')", _parquet, True
    ),
    "chrome": Format(
        "a trace for chrome://tracing, ui.perfetto.dev and speedscope (JSON)", _chrome, whole=True
    ),
    "perfetto": Format(
        "a trace for ui.perfetto.dev (protobuf), a track for each process", _perfetto, True, True
    ),
    "otlp": Format("OpenTelemetry spans, one OTLP/JSON request", _otlp, whole=True),
    "folded": Format("folded stacks for flame graphs", _folded, whole=True),
    "compile-commands": Format("compile_commands.json of a recorded build", _compile_commands, whole=True),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "format",
        metavar="FORMAT",
        choices=tuple(FORMATS),
        help="; ".join(f"{name}: {form.help}" for name, form in FORMATS.items()).replace("%", "%%"),
    )
    add_filter_arguments(parser)
    parser.add_argument(
        "-o", "--output", type=Path, metavar="FILE", help="into FILE instead of standard output"
    )
    parser.add_argument("--force", action="store_true", help="replace FILE where it is there already")


def run(args: argparse.Namespace) -> int:
    form = FORMATS[args.format]
    if args.output is None and form.binary and sys.stdout.isatty():
        raise UsageError(f"{args.format} is no text for a terminal; say where it goes: -o FILE")
    if args.output is not None and args.output.exists() and not args.force:
        raise CaroError(f"{args.output} is there already; name another file, or --force to replace it")
    with Reading(args) as reading:
        reading.tell_if_empty()
        events = reading.events(args)
        if form.whole if args.output is not None else not sys.stdout.isatty():
            events = telling_progress(events, "reading")
        if args.output is None:
            sys.stdout.flush()
            for piece in form.pieces(events):
                sys.stdout.buffer.write(piece)
            sys.stdout.buffer.flush()
            return 0
        total = sum(file.size for file in reading.snapshot.files)
        written = write_file(args.output, form.pieces(events), total)
    print(f"{args.output}: {written:,} bytes")
    return 0


def write_file(path: Path, pieces: Iterable[bytes], total: int) -> int:
    """Write to a new file beside it, put it in its place when it is whole, and return its size in bytes."""
    from caro.atomic import replacing

    progress = progress_line(f"writing {path.name}")
    size = 0
    with replacing(path) as out:
        for piece in pieces:
            out.write(piece)
            size += len(piece)
            if progress is not None:
                progress(min(size, total - 1), total)
    if progress is not None:
        progress(total, total)
    return size
