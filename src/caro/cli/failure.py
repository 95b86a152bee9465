"""The failure that a command is about: named, given as JSON Lines, or the last one in the log."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from caro.errors import CaroError
from caro.knowledge.shells import dialects

if TYPE_CHECKING:
    from caro.fix.model import Failure

MAX_OUTPUT = 64 * 1024


def add_failure_arguments(parser: argparse.ArgumentParser, status: str) -> None:
    """Add what names a failure, and how answers are given; `status`: the exit status where none is named, in words."""
    parser.add_argument(
        "--command", metavar="C", help="the line that failed (default: the last one in the log)"
    )
    parser.add_argument("--exit", type=int, metavar="N", help=f"its exit status (default: {status})")
    parser.add_argument("--output-file", metavar="F", help="what it printed (`-`: standard input)")
    parser.add_argument("--shell", default="bash", choices=dialects(), help="the shell it was typed in")
    parser.add_argument("--cwd", help="the folder it ran in (default: this one)")
    parser.add_argument(
        "--batch", action="store_true", help="JSON Lines in, JSON Lines out, one answer a line, in order"
    )
    parser.add_argument("--json", action="store_true", help="print JSON")


def output_of(path: str | None) -> str | None:
    """Return both ends of a file's text, of standard input for `-`; None for no path. CaroError: can't be read."""
    if path is None:
        return None
    try:
        if path == "-":
            return ends(sys.stdin.buffer.read())
        with open(path, "rb") as file:
            return ends(file.read())
    except OSError as error:
        raise CaroError(f"can't read the output file {path}: {error.strerror}; give another one") from error


def ends(data: bytes) -> str:
    """Return both ends: what was printed last matters most, but a usage text follows its message."""
    if len(data) > MAX_OUTPUT:
        data = data[: MAX_OUTPUT // 2] + b"\n" + data[-MAX_OUTPUT // 2 :]
    return data.decode(errors="replace")


def last_failure(shell: str = "bash") -> Failure:
    """Return the last typed line that failed, of this session if the shell has one; CaroError: there is none."""
    from caro.cli.last_output import kept_output
    from caro.fix.model import Failure
    from caro.paths import Paths
    from caro.record.last import last_events
    from caro.record.query import Filter
    from caro.record.reader import Snapshot
    from caro.settings import load_settings, log_file

    paths = Paths.of(os.environ)
    log = log_file(load_settings(os.environ, paths), paths)
    wanted = Filter(session=os.environ.get("CARO_SESSION_ID", ""), failed=True, kinds=("line",))
    events = last_events(Snapshot(log), wanted, 1)
    if not events or not events[0].text:
        raise CaroError("no failed line in the log; give one with --command C --exit N")
    event = events[0]
    text = event.text or ""
    return Failure(text, event.exit_code or 1, kept_output(text, paths), shell, event.cwd)


def failures_in(stream: Iterable[bytes]) -> Iterator[tuple[Failure | None, str]]:
    """Yield an answer to each line, also one that is no failure: nothing is lost, nothing is out of order."""
    import json

    from caro.fix.model import Failure

    for line in stream:
        if not line.strip():
            continue
        try:
            # The standard decoder, for its lone surrogates: other tools' JSON has them.
            row = json.loads(line.decode("utf-8", "replace"))
            command, status = row["command"], int(row["exit_code"])
            if not isinstance(command, str):
                raise TypeError("`command` is no text")
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            yield None, f"no failure with `command` and `exit_code`: {error}"
            continue
        output, cwd = row.get("output"), row.get("cwd")
        shown = ends(output.encode(errors="replace")) if isinstance(output, str) else None
        folder = cwd if isinstance(cwd, str) else None
        yield Failure(_clean(command), status, shown, str(row.get("shell") or "bash"), folder), ""


def _clean(text: str) -> str:
    return text.encode(errors="replace").decode()
