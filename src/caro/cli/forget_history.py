"""Take typed lines out of everything that Caro keeps, and where asked out of the shells' own histories."""

from __future__ import annotations

import argparse
import os
import re
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from caro.cli.asking import is_yes
from caro.cli.filters import Reading, folders
from caro.cli.tell import tell
from caro.errors import CaroError, UsageError

if TYPE_CHECKING:
    from caro.model import Event
    from caro.paths import Paths
    from caro.record.history_files import Reader, Typed
    from caro.settings import Settings

SHELLS = ("bash", "zsh", "fish")
HIDDEN = "***"
"""What stands for a secret in a redacted text."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "pattern", nargs="?", default="", metavar="PATTERN", help="lines that it matches (POSIX ERE)"
    )
    parser.add_argument("-F", "--fixed", action="store_true", help="PATTERN is a text, not an expression")
    parser.add_argument("--cwd", default="", metavar="DIR", help="only what was typed in DIR or below")
    parser.add_argument("--since", default="", metavar="TIME", help="only what was typed at TIME or later")
    parser.add_argument(
        "--source", default="", metavar="NAME", help="only what was imported from NAME (bash, atuin …)"
    )
    parser.add_argument(
        "--shells", action="store_true", help="out of the histories of bash, zsh and fish too"
    )
    parser.add_argument("--yes", "-y", action="store_true", help="don't ask")
    # What caro-pick's key starts: the lines themselves come on standard input, a NUL behind each, over minutes.
    parser.add_argument("--stdin", action="store_true", help=argparse.SUPPRESS)


def run(args: argparse.Namespace) -> int:
    if args.stdin:
        for text in _read_texts(sys.stdin.buffer):
            _forget_all(args, lambda line, text=text: line == text, sure=True)  # type: ignore[misc]
        return 0
    if not (args.pattern or args.cwd or args.since or args.source):
        raise UsageError("history forget: say what: a PATTERN, --cwd, --since or --source")
    return _forget_all(args, _matcher(args), args.yes)


def _read_texts(stream: BinaryIO) -> Iterator[str]:
    """Yield each text as soon as its NUL is there."""
    data = b""
    while chunk := os.read(stream.fileno(), 65536):
        *texts, data = (data + chunk).split(b"\0")
        yield from (text.decode("utf-8", "surrogateescape") for text in texts if text)


def _forget_all(args: argparse.Namespace, matches: Callable[[str], bool], sure: bool) -> int:
    args.log = None
    with Reading(args) as reading:
        doomed = _Doomed(args, matches, reading)
        paths, log = reading.paths, reading.log
        if not sure and not _confirmed(*_counts(paths, doomed, args.shells)):
            return 1
    print(_sentence(_forget(paths, log, doomed)))
    tell_daemon(paths)
    if args.shells:
        _forget_by_shells(paths, doomed)
    elif not args.stdin:
        _tell_of_shells()
    return 0


def _tell_of_shells() -> None:
    """Say that the shells' own histories are not looked at, where there are any."""
    from caro.record.history_places import history_files

    names = [source for source in SHELLS if any(history_files(source, os.environ))]
    if names:
        tell(
            f"the history that {', '.join(names)} keeps may still hold them; --shells takes them out of that too"
        )


def _forget_by_shells(paths: Paths, doomed: _Doomed) -> None:
    from caro.cli.running_shell import have_forgotten

    found = list(_forget_in_shells(doomed))
    for source, count, file in found:
        print(f"{count} line{'s' * (count != 1)} taken out of {file} ({source})")
    own = have_forgotten(paths, doomed.texts)
    print(
        f"{'Other shells' if own else 'Shells'} that run have them until they end, and may write them again then"
    )


def _matcher(args: argparse.Namespace) -> Callable[[str], bool]:
    """Return what says whether a text has the pattern. Raises UsageError for one that can't be read."""
    if args.fixed:
        return lambda text: args.pattern in text
    from caro.ere import Pattern, read_pattern

    if not args.pattern:
        return lambda text: True
    reading = read_pattern(args.pattern)
    pattern = Pattern(reading.text)
    if reading.problem or pattern.problem:
        raise UsageError(
            f"history forget: {args.pattern!r}: {reading.problem or pattern.problem}; --fixed takes it as a text"
        )
    return pattern.search


class _Doomed:
    """What goes: the lines, and what the log holds of their running: execs, builtins and verdicts meanwhile."""

    def __init__(self, args: argparse.Namespace, matches: Callable[[str], bool], reading: Reading) -> None:
        from caro.record.query import Filter
        from caro.record.times import parse_when

        since = parse_when(args.since) if args.since else ""
        self._wanted = Filter(since=since, cwd=folders(args.cwd), kinds=("line",))
        self._matches = matches
        self._pattern = bool(args.pattern) or args.stdin
        self._source = args.source
        self.count = 0
        self.texts: set[str] = set()
        self._looks: re.Pattern[str] | None = None
        self._redact = _redactor(reading.settings)
        self._spans: dict[str | None, list[tuple[float, float]]] = {}
        for snapshot in (reading.snapshot, reading.imported):
            for event in reading.find(snapshot, self._wanted, None):
                if self.is_line(event):
                    self._add(event)

    def is_line(self, event: Event) -> bool:
        return (
            self._wanted.matches(event)
            and (not self._source or (event.source == "import" and event.command == self._source))
            and self._matches(event.text or "")
        )

    def _add(self, event: Event) -> None:
        from caro.record.times import ts_seconds

        self.count += 1
        self.texts.add(event.text or "")
        if event.source != "import":
            start = ts_seconds(event.ts)
            self._spans.setdefault(event.session_id, []).append(
                (start, start + (event.duration_ms or 0) / 1000)
            )

    def goes(self, event: Event) -> bool:
        """True if the event is one of the lines, or tells the same of what it ran."""
        from caro.record.times import ts_seconds

        if event.kind in ("line", "session"):
            return event.kind == "line" and self.is_line(event)
        if self._has_pattern(event):
            return True
        at = ts_seconds(event.ts)
        return any(start - 0.01 <= at <= end + 0.01 for start, end in self._spans.get(event.session_id, ()))

    def _has_pattern(self, event: Event) -> bool:
        if not self._pattern or self._source or (self._wanted.since and event.ts < self._wanted.since):
            return False
        if self._wanted.cwd:
            return False
        argv = " ".join(event.argv or ())
        return any(bool(text) and self._matches(text) for text in (event.text or "", argv))

    def is_text(self, line: str) -> bool:
        """True for a line that went; of no other file than the log is folder and time known, and no other is
        redacted."""
        if line in self.texts or self._was_redacted(line):
            return True
        narrowed = self._wanted.cwd or self._wanted.since or self._source
        return self._pattern and not narrowed and self._matches(line)

    def _was_redacted(self, line: str) -> bool:
        """True if the log has the line without its secret, and that went."""
        if self._looks is None:
            self._looks = _looks_of(self.texts)
        return self._looks.fullmatch(line) is not None and self._redact(line) in self.texts


def _looks_of(texts: Iterable[str]) -> re.Pattern[str]:
    """Return what the texts with a hidden secret may have been; what matches has yet to be redacted."""
    hidden = (re.escape(text).replace(re.escape(HIDDEN), ".*") for text in texts if HIDDEN in text)
    return re.compile("|".join(hidden) or "(?!)", re.DOTALL)


def _redactor(settings: Settings) -> Callable[[str], str]:
    from caro.redact.redact import redact_text
    from caro.runtime_conf import redact_patterns

    patterns = redact_patterns(settings)
    return lambda text: redact_text(text, patterns)


def _counts(paths: Paths, doomed: _Doomed, shells: bool) -> tuple[int, int]:
    """Return how many lines go: of what Caro keeps, waiting ones too, and of the shells' own histories."""
    own = doomed.count + _look_at_waiting(paths.state / "sessions", doomed, take=False)
    return own, sum(len(there) for _, _, there in _there_in_shells(doomed)) if shells else 0


def _confirmed(count: int, of_shells: int) -> bool:
    if sys.stdin is None or not sys.stdin.isatty():
        raise UsageError("history forget: no terminal to ask on; --yes says that you are sure")
    theirs = f", and {of_shells} of the shells' own histories" if of_shells else ""
    print(
        f"Forget {count} line{'s' * (count != 1)} and what they ran{theirs}, for good? [y/N] ",
        end="",
        file=sys.stderr,
        flush=True,
    )
    return is_yes(sys.stdin.readline())


def _forget(paths: Paths, log: Path, doomed: _Doomed) -> int:
    """Take them out of waiting lines, log, index, imported lines and learned fixes; return the number of lines."""
    from caro.machine.corrections import Corrections
    from caro.record.counted import erase_counted
    from caro.record.erase import erase_events
    from caro.record.imported import erase_imported
    from caro.record.index_file import index_path
    from caro.record.lines_build import forget_texts
    from caro.record.lines_file import text_bytes
    from caro.sync.state import SyncFile
    from caro.sync.state import forget_texts as forget_synced

    waiting = _look_at_waiting(paths.state / "sessions", doomed, take=True)
    if doomed.count or doomed.texts or waiting or log.exists():
        erase_events(log, doomed.goes, index_path(paths, log))
    erase_imported(paths.imported, doomed.is_line, index_path(paths, paths.imported))
    erase_counted(paths.counted, doomed.is_text)
    forget_synced(SyncFile(paths), doomed.is_text)
    forget_texts(paths, map(text_bytes, doomed.texts))
    Corrections(paths.corrections_db).forget_matching(doomed.is_text)
    return doomed.count + waiting


def tell_daemon(paths: Paths) -> None:
    """Have what is gone from the log leave the daemon's memory; say how where it does not answer."""
    from caro.client import Client
    from caro.errors import DaemonAbsent
    from caro.settings import socket_file

    try:
        Client(socket_file(os.environ, paths)).request("reload", what="history")
    except DaemonAbsent:
        pass
    except CaroError as error:
        print(
            f"caro: the daemon may still have it in memory: {error}; `caro daemon stop` ends that",
            file=sys.stderr,
        )


def _look_at_waiting(folder: Path, doomed: _Doomed, take: bool) -> int:
    """Count them in the files in which a line waits for its end, and `take` them from there: this command's own line
    is among them."""
    from caro.daemon.session_file import locked
    from caro.record.reader import decode_line

    count = 0
    for path in list(folder.iterdir()) if folder.is_dir() else []:
        for _ in range(50):
            try:
                with locked(path, create=False) as file:
                    event = decode_line(file.waiting + b"}") if file.waiting is not None else None
                    if event is not None and doomed.is_line(event):
                        if take:
                            file.put(file.seq, file.start_us, file.pid, None)
                        doomed.texts.add(event.text or "")
                        count += 1
                break
            except BlockingIOError:
                time.sleep(0.02)
            except OSError:
                break
        else:
            raise CaroError(f"{path} is in use, so a line may be left in it; try again")
    return count


def _sentence(count: int) -> str:
    return f"{count} line{'s' * (count != 1)} forgotten, in the log, index, imported lines and learned fixes"


def _there_in_shells(doomed: _Doomed) -> Iterator[tuple[str, Path, list[str]]]:
    """Yield each shell, each of its histories that has such lines, and the lines."""
    from caro.record.history_files import READERS
    from caro.record.history_places import history_files

    for source in SHELLS:
        for file in history_files(source, os.environ):
            with file.open("rb") as stream:
                read = READERS[source](stream)
                there = [typed.line for _, typed in read if typed is not None and doomed.is_text(typed.line)]
            if there:
                yield source, file, there


def _forget_in_shells(doomed: _Doomed) -> Iterator[tuple[str, int, Path]]:
    from caro.record.history_files import READERS

    for source, file, there in _there_in_shells(doomed):
        doomed.texts.update(there)  # as they were typed, secrets and all: so does the shell have them
        _write_without(file, READERS[source], doomed)
        yield source, len(there), file


def _write_without(file: Path, read: Reader, doomed: _Doomed) -> None:
    """Write the history anew without them, piece by piece."""
    from caro.atomic import replacing

    def is_doomed(typed: Typed | None) -> bool:
        return typed is not None and doomed.is_text(typed.line)

    with file.open("rb") as stream, replacing(file, file.stat().st_mode & 0o777) as fresh:
        fresh.writelines(raw for raw, typed in read(stream) if not is_doomed(typed))
