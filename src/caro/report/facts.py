"""What a report says of a record: counted once, for the page and for the summary."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

from caro.export.spans import Span, command_of, own_times, spans_of
from caro.model import Event
from caro.record.query import has_failed, is_slip

TOP = 10


@dataclass
class Facts:
    """`spans` are those of all sessions, by start; `retried` are commands that failed and then ended well."""

    spans: list[Span] = field(default_factory=list)
    sessions: list[str] = field(default_factory=list)
    verdicts: list[Event] = field(default_factory=list)
    commands: int = 0
    failed: list[Span] = field(default_factory=list)
    slowest: list[Span] = field(default_factory=list)
    most_run: list[tuple[str, int, int, float]] = field(default_factory=list)
    """(program, runs, failures, seconds without those of what it started), most seconds first."""
    agents: list[tuple[str, int, int]] = field(default_factory=list)
    """(agent, commands, failures)."""
    retried: list[tuple[str, int]] = field(default_factory=list)
    """(command line, failures before it ended well)."""

    @cached_property
    def start_us(self) -> int:
        return min((span.start_us for span in self.spans), default=0)

    @cached_property
    def end_us(self) -> int:
        return max((span.start_us + span.duration_us for span in self.spans), default=0)


def facts_of(events: Iterable[Event]) -> Facts:
    """Count what the events say. Left out: verdicts that let a line pass without a word, and slips of the fingers."""
    facts, kept = Facts(), []
    for event in events:
        if event.kind == "verdict":
            if event.action in ("warn", "confirm", "block") and not is_slip(event):
                facts.verdicts.append(event)
        else:
            kept.append(event)
    for tree, spans in spans_of(kept):
        facts.sessions.append(tree.session_id or "")
        facts.spans += spans
    facts.spans.sort(key=lambda span: span.start_us)
    ran = [span for span in facts.spans if span.event.kind in ("exec", "exec_start")]
    facts.commands = len(ran)
    facts.failed = [span for span in ran if has_failed(span.event)]
    facts.slowest = sorted(ran, key=lambda span: -span.duration_us)[:TOP]
    facts.most_run = _by_program(ran)
    facts.agents = _by_agent(ran)
    facts.retried = _retries(ran)
    return facts


def _by_program(ran: list[Span]) -> list[tuple[str, int, int, float]]:
    runs: Counter[str] = Counter()
    failures: Counter[str] = Counter()
    micros: Counter[str] = Counter()
    own = own_times(ran)
    for span in ran:
        runs[span.name] += 1
        failures[span.name] += has_failed(span.event)
        micros[span.name] += own[span.event.id]
    return [(name, runs[name], failures[name], spent / 1e6) for name, spent in micros.most_common()]


def _by_agent(ran: list[Span]) -> list[tuple[str, int, int]]:
    runs: Counter[str] = Counter(span.event.agent for span in ran if span.event.agent)
    failures: Counter[str] = Counter(
        span.event.agent for span in ran if span.event.agent and has_failed(span.event)
    )
    return [(name, count, failures[name]) for name, count in runs.most_common()]


def _retries(ran: list[Span]) -> list[tuple[str, int]]:
    """Return the command lines that failed in a folder and later ended well there."""
    before: Counter[tuple[str, str | None]] = Counter()
    found: Counter[str] = Counter()
    for span in ran:
        key = command_of(span), span.event.cwd
        if has_failed(span.event):
            before[key] += 1
        elif span.event.exit_code == 0 and before[key]:
            found[key[0]] += before.pop(key)
    return found.most_common(TOP)
