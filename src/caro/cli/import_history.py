"""Take in the lines of another history: of a shell, atuin, mcfly, resh or histdb."""

from __future__ import annotations

import argparse
import contextlib
import gc
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from caro.cli.filters import progress_line
from caro.cli.tell import tell
from caro.errors import CaroError, UsageError

if TYPE_CHECKING:
    from caro.paths import Paths
    from caro.record.history_files import Typed
    from caro.record.imported import Counts, Import
    from caro.record.index import Progress
    from caro.redact.in_c import RedactLines
    from caro.settings import Settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    from caro.record.history_places import SOURCES

    parser.add_argument("source", choices=("auto", *SOURCES), help="whose history; auto: all that are found")
    parser.add_argument(
        "--file", type=Path, metavar="FILE", help="the history, where it is not in its usual place"
    )


def run(args: argparse.Namespace) -> int:
    from caro.paths import Paths
    from caro.record.imported import Import
    from caro.record.recorded import recorded_in
    from caro.settings import load_settings, log_file

    paths = Paths.of(os.environ)
    if paths.no_home:
        raise CaroError(paths.no_home)
    settings = load_settings(os.environ, paths)
    if settings["privacy.capture"] == "none":
        raise CaroError(
            "privacy.capture is none, so nothing is kept; caro config set privacy.capture commands"
        )
    histories = _histories(args)
    # Lines in their hundred thousands are no garbage; the collector would walk them again and again.
    gc.disable()
    recorded = recorded_in(log_file(settings, paths), paths.state / "sessions")
    texts = [(source, file) for source, file in histories if _is_text(source, file)]
    with Import(paths.imported, _redactor(settings), recorded=recorded) as into:
        for source, file in texts:
            print(_sentence(source, file, _take(into, source, file)))
    _offer_them(paths)
    return 0 if texts == histories else 1


def _is_text(source: str, file: Path) -> bool:
    """False, and a sentence, for a file that is no history of a shell, whatever its name is."""
    from caro.record.history_files import READERS, is_binary

    if source not in READERS:
        return True
    with file.open("rb") as stream:
        if not is_binary(stream, file.stat().st_size):
            return True
    tell(f"{file} holds no text: nothing was taken from it")
    return False


def _offer_them(paths: Paths) -> None:
    """Have a daemon that runs know the new lines; one that starts later reads them anyway."""
    from caro.client import Client
    from caro.settings import socket_file

    with contextlib.suppress(CaroError):
        Client(socket_file(os.environ, paths)).request("reload", what="imported")


def _histories(args: argparse.Namespace) -> list[tuple[str, Path]]:
    from caro.record.history_places import SOURCES, history_files
    from caro.record.imported import require_readable

    if args.file is not None:
        if args.source == "auto":
            raise UsageError("import auto: with --file say whose history it is")
        require_readable(args.file)
        return [(args.source, args.file)]
    wanted = SOURCES if args.source == "auto" else (args.source,)
    found = [(source, file) for source in wanted for file in history_files(source, os.environ)]
    if not found:
        whose = "no program" if args.source == "auto" else args.source
        raise CaroError(f"no history of {whose} is in its usual place; name the file with --file")
    return found


def _redactor(settings: Settings) -> RedactLines:
    from caro.redact.in_c import lines_redactor, redact_lines_by
    from caro.redact.redact import redact_text
    from caro.runtime_conf import redact_patterns

    if not settings["privacy.redact"]:
        return redact_lines_by(str)
    patterns = redact_patterns(settings)
    return redact_lines_by(lambda text: redact_text(text, patterns)) if patterns else lines_redactor()


def _take(into: Import, source: str, file: Path) -> Counts:
    progress = progress_line(f"importing {file.name}")
    counts = into.take(source, _lines(source, file, progress))
    if progress is not None:
        progress(1, 1)
    return counts


def _lines(source: str, file: Path, progress: Progress | None) -> Iterator[Typed | None]:
    from caro.record.history_databases import DATABASES, read_database
    from caro.record.history_files import READERS, newest_lines

    if source in DATABASES:
        yield from read_database(file, DATABASES[source])
        return
    size = max(file.stat().st_size, 1)
    done = 0
    with file.open("rb") as stream:
        for number, (raw, typed) in enumerate(READERS[source](newest_lines(stream, size))):
            done += len(raw)
            if progress is not None and number % 1000 == 0:
                progress(min(done, size - 1), size)
            yield typed


def _sentence(source: str, file: Path, counts: Counts) -> str:
    from caro.record.history_files import NEWEST, READERS

    notes = [
        f"{number} {what}"
        for number, what in (
            (counts.known, "known already"),
            (counts.redacted, "with a secret, which was taken out"),
            (counts.unreadable, "left out: empty, binary or too long"),
        )
        if number
    ]
    if source in READERS and file.stat().st_size > NEWEST:
        notes.append(f"of its newest {NEWEST >> 20} MiB")
    plural = "s" * (counts.imported != 1)
    return f"{source}: {counts.imported} line{plural} imported from {file}" + (
        f" ({', '.join(notes)})" if notes else ""
    )
