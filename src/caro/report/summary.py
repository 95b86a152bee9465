"""The summary for CI, in Markdown: what GITHUB_STEP_SUMMARY and merge requests show."""

from __future__ import annotations

from collections.abc import Iterator

from caro.export.spans import Span, command_of
from caro.printable import printable
from caro.record.query import has_failed, signal_of
from caro.report.facts import TOP, Facts
from caro.show.event_text import counted, duration, signal_name

LONGEST = 160
SHOWN_FAILURES = 20


def summary_lines(facts: Facts) -> Iterator[str]:
    """Yield the lines of the summary."""
    yield "## What ran"
    yield ""
    took = duration((facts.end_us - facts.start_us) / 1000) if facts.spans else "0 s"
    head = f"{counted(facts.commands, 'command')} in {took}, {len(facts.failed)} failed"
    if facts.verdicts:
        head += f", {counted(len(facts.verdicts), 'verdict')}"
    yield head + "."
    yield from _section("Slowest", ["took", "status", "command"], map(_row, facts.slowest))
    yield from _section(
        "Failed", ["took", "status", "command"], map(_row, facts.failed[:SHOWN_FAILURES]), len(facts.failed)
    )
    yield from _section(
        "Failed, then went well", ["times", "command"], ([str(n), _code(line)] for line, n in facts.retried)
    )
    yield from _section(
        "Warned, asked, refused",
        ["action", "level", "rules", "command"],
        (
            [
                printable(event.action or ""),
                printable(event.level or ""),
                _rules(event.rules),
                _code(event.text or ""),
            ]
            for event in facts.verdicts[:SHOWN_FAILURES]
        ),
        len(facts.verdicts),
    )
    yield from _section(
        "Where the time went",
        ["program", "runs", "failed", "seconds"],
        (
            [_code(name), str(runs), str(failed), f"{seconds:.1f}"]
            for name, runs, failed, seconds in facts.most_run[:TOP]
        ),
    )


def _section(title: str, columns: list[str], rows: Iterator[list[str]], total: int = 0) -> Iterator[str]:
    made = list(rows)
    if not made:
        return
    yield ""
    yield f"### {title}"
    yield ""
    yield "| " + " | ".join(columns) + " |"
    yield "|" + " --- |" * len(columns)
    for row in made:
        yield "| " + " | ".join(row) + " |"
    if total > len(made):
        yield ""
        yield f"… and {total - len(made)} more"


def _row(span: Span) -> list[str]:
    event = span.event
    number = signal_of(event)
    status = str(event.exit_code) if number is None else signal_name(number)
    if event.exit_code is None and event.signal is None:
        status = "?"
    mark = "✗ " if has_failed(event) else ""
    return [duration(event.duration_ms) or "?", mark + status, _code(command_of(span))]


def _rules(rules: list[str] | None) -> str:
    return " ".join(map(_code, rules or []))


def _code(text: str) -> str:
    """Return text as code that ends no cell and no code span (GitHub Flavored Markdown, sections 4.10 and 6.3)."""
    text = printable(text)
    text = text if len(text) <= LONGEST else text[:LONGEST] + "…"
    fence = "`"
    while fence in text:
        fence += "`"
    blank = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{blank}{text}{blank}{fence}".replace("|", "\\|")
