"""Make a page of what ran, to look at or to send; for CI in Markdown."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from caro.cli.filters import Reading, add_filter_arguments, telling_progress
from caro.errors import CaroError, UsageError

DEFAULT = Path("caro-report.html")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_filter_arguments(parser)
    parser.add_argument(
        "-o", "--output", type=Path, metavar="FILE", help=f"into FILE ({DEFAULT}; `-`: standard output)"
    )
    parser.add_argument("--force", action="store_true", help="replace FILE where it is there already")
    parser.add_argument(
        "--ci",
        action="store_true",
        help="a summary in Markdown instead: onto $GITHUB_STEP_SUMMARY where that is set, else standard output",
    )
    parser.add_argument("--title", default="", metavar="TEXT", help="what stands on top of the page")


def run(args: argparse.Namespace) -> int:
    from caro.report.facts import facts_of

    with Reading(args) as reading:
        reading.tell_if_empty()
        facts = facts_of(telling_progress(reading.events(args), "reading the log"))
        if not facts.spans:
            raise CaroError(f"nothing in {reading.log} is what was asked for; caro log shows what there is")
        if args.ci:
            from caro.report.summary import summary_lines

            return _write_summary(args.output, "\n".join(summary_lines(facts)) + "\n")
        from caro.report.page import page

        pieces = page(facts, args.title or _title(facts.spans[0].event.ts, len(facts.sessions)))
        output = args.output or DEFAULT
        if str(output) == "-":
            if sys.stdout.isatty():
                raise UsageError("a page is no text for a terminal; give -o FILE")
            sys.stdout.flush()
            sys.stdout.buffer.writelines(pieces)
            return 0
        if output.exists() and not args.force:
            raise CaroError(f"{output} is there already; name another file with -o, or --force to replace it")
        from caro.cli.export import write_file
        from caro.show.event_text import counted, size_told

        size = write_file(output, pieces, 1)
        print(f"{output}: {counted(facts.commands, 'command')}, {size_told(size)}; open it in a browser")
    return 0


def _title(ts: str, sessions: int) -> str:
    from caro.record.times import LocalTimes

    many = f", {sessions} sessions" if sessions > 1 else ""
    return f"What ran from {LocalTimes().show(ts)} on{many}"


def _write_summary(output: Path | None, text: str) -> int:
    """Append where CI collects summaries; others' steps have written there before."""
    target = output if output is not None else Path(os.environ.get("GITHUB_STEP_SUMMARY") or "-")
    if str(target) == "-":
        sys.stdout.write(text)
        return 0
    try:
        with target.open("a", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise CaroError(f"cannot write {target}: {error.strerror}") from None
    return 0
