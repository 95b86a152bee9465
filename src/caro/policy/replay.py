"""What a policy would have done to what was typed: each distinct line is judged once, in several processes.

A line is judged as `caro check --batch` judges a row: by its words and the name of its folder. What stood in that
folder last month nobody can know any more.
"""

from __future__ import annotations

import gc
import os
import signal
from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import msgspec

from caro.addition import Addition
from caro.engine.decision import Decision
from caro.engine.guard import Guard
from caro.engine.question import Question
from caro.levels import Action
from caro.plugins.check import guard_with
from caro.policy.verdict_cache import VerdictCache, rule_set
from caro.record.reader import Snapshot
from caro.redact.marks import MASK
from caro.settings import Settings

Progress = Callable[[int, int], None]
TOP = 20
CHUNK = 1000
ALONE = 3000
"""Distinct lines that one process judges faster than several."""
UNKNOWN = "Files, git's state and variables of back then are gone: lines are judged by their words and folder alone."
_IS_LINE = b'"kind":"line"'
_NO_TIME = "1970-01-01T00:"
"""How the time of a line begins that was imported without one."""


class Line(msgspec.Struct):
    """What is read of an event of the log."""

    ts: str
    text: str | None = None
    cwd: str | None = None
    user: str | None = None
    host: str | None = None
    agent: str | None = None


Key = tuple[str, str, str]
"""(text, folder, agent): "" where it is not known."""
Verdict = tuple[int, int, str]
"""(action now, action with the policy, the rule that asks for it)."""


@dataclass
class Replay:
    """Figures of one replay; counts are of lines as typed."""

    lines: int = 0
    distinct: int = 0
    masked: int = 0
    people: int = 0
    days: int = 0
    newly: dict[str, int] = field(default_factory=lambda: {"confirm": 0, "block": 0})
    questions_before: int = 0
    questions_after: int = 0
    rules: Counter[str] = field(default_factory=Counter)
    tools: Counter[str] = field(default_factory=Counter)
    persons: Counter[str] = field(default_factory=Counter)
    top: Counter[str] = field(default_factory=Counter)
    per_person_day: float = 0.0
    untimed: int = 0
    """Lines of no known time that were left out."""

    def row(self) -> dict[str, Any]:
        """Return it as `--json` tells it."""
        counters = {
            name: dict(getattr(self, name).most_common(TOP)) for name in ("rules", "tools", "persons", "top")
        }
        return {
            "lines": self.lines, "distinct": self.distinct, "masked": self.masked, "people": self.people,
            "days": self.days, "newly_asked": self.newly["confirm"], "newly_blocked": self.newly["block"],
            "questions_before": self.questions_before, "questions_after": self.questions_after,
            "questions_per_person_and_day": self.per_person_day, "untimed": self.untimed, **counters, "note": UNKNOWN,
        }  # fmt: skip

    def told(self) -> list[str]:
        """Return it for a person."""
        from caro.printable import printable

        told = [
            f"{self.lines} lines, {self.distinct} distinct, of {self.people} people on {self.days} days",
            f"newly asked {self.newly['confirm']}, newly blocked {self.newly['block']}",
            f"questions and blocks: {self.questions_before} now, {self.questions_after} with it; "
            f"{self.per_person_day:.2f} for each person and day",
        ]
        titles = {"rules": "by rule", "tools": "by tool", "persons": "by person", "top": "lines"}
        for name, title in titles.items():
            counted: Counter[str] = getattr(self, name)
            if counted:
                told += ["", f"{title}:"]
                told += [f"  {count:>8}  {printable(what)[:100]}" for what, count in counted.most_common(TOP)]
        masked = f" {self.masked} lines hold a masked secret." if self.masked else ""
        untimed = (
            f" {self.untimed} imported lines have no time and were left out: --since 1970-01-01 takes them in."
            if self.untimed
            else ""
        )
        return [*told, "", UNKNOWN + masked + untimed]


def lines_of(logs: Iterable[Path], since: str, left_out: Counter[str] | None = None) -> Iterator[Line]:
    """Yield the typed lines of the logs from `since` (an event's `ts`) on; what can't be read is passed over.
    `left_out` counts as `untimed` those before it that have no known time."""
    decode = msgspec.json.Decoder(Line).decode
    for log in logs:
        with Snapshot(log) as snapshot:
            for file in snapshot.files:
                with file.stream() as stream:
                    for raw in stream:
                        if _IS_LINE in raw:
                            try:
                                line = decode(raw)
                            except msgspec.DecodeError:
                                continue
                            if line.ts >= since and line.text:
                                yield line
                            elif left_out is not None and line.ts.startswith(_NO_TIME):
                                left_out["untimed"] += 1


def replay(
    policy: Addition,
    settings: Settings,
    lines: Iterable[Line],
    cache: VerdictCache | None = None,
    progress: Progress | None = None,
) -> Replay:
    """Return what the policy would have done to the lines, beside what the settings do now. `progress` is told how
    many distinct lines were judged, and of how many."""
    numbers: dict[Key, int] = {}
    people: dict[tuple[str, str], int] = {}
    days: set[str] = set()
    which, who = array("I"), array("I")
    for line in lines:
        key = (line.text or "", line.cwd or "", line.agent or "")
        which.append(numbers.setdefault(key, len(numbers)))
        who.append(people.setdefault((line.user or "?", line.host or "?"), len(people)))
        days.add(line.ts[:10])
    keys = list(numbers)
    del numbers
    verdicts = _verdicts(policy, settings, keys, cache, progress or _ignore_progress)
    found = Replay(len(which), len(keys), sum(MASK in key[0] for key in keys), len(people), len(days))
    names = ["@".join(person) for person in people]
    for (at, person), count in Counter(zip(which, who, strict=True)).items():
        _count(found, keys[at], verdicts[at], names[person], count)
    found.per_person_day = round(found.questions_after / max(1, len(people) * len(days)), 3)
    return found


def _count(found: Replay, key: Key, verdict: Verdict, person: str, count: int) -> None:
    before, after, rule = verdict
    found.questions_before += count * (before >= Action.CONFIRM)
    found.questions_after += count * (after >= Action.CONFIRM)
    if after <= before or after < Action.CONFIRM:
        return
    found.newly[Action(after).word] += count
    found.rules[rule] += count
    found.tools[key[0].split(None, 1)[0] if key[0].strip() else ""] += count
    found.persons[person] += count
    found.top[key[0]] += count


def _verdicts(
    policy: Addition, settings: Settings, keys: Sequence[Key], cache: VerdictCache | None, progress: Progress
) -> list[Verdict]:
    cache = VerdictCache(None) if cache is None else cache
    name = rule_set(settings, policy)
    known = cache.read(name, keys)
    missing = [key for key in keys if key not in known]
    judge = Judge(policy, settings)
    fresh: list[Verdict] = []
    try:
        for verdicts in _judged_parts(judge, missing):
            fresh += verdicts
            progress(len(fresh), len(missing))
    finally:
        # An interrupted replay goes on where it was.
        cache.write(name, zip(missing, fresh, strict=False))
    known.update(zip(missing, fresh, strict=True))
    return [known[key] for key in keys]


def _judged_parts(judge: Judge, keys: Sequence[Key]) -> Iterator[list[Verdict]]:
    if len(keys) < ALONE:
        yield judge.all(keys)
        return
    # Loaded before fork(2), so that the processes share it.
    judge.all(keys[:1])
    gc.freeze()
    global _judge
    _judge = judge
    chunks = [keys[at : at + CHUNK] for at in range(0, len(keys), CHUNK)]
    with get_context("fork").Pool(min(os.cpu_count() or 1, 8), _leave_interrupts) as pool:
        yield from pool.imap(_judged, chunks)


def _leave_interrupts() -> None:
    """^C reaches every process of the terminal: the one that waits for the others ends them."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


_judge: Judge | None = None
"""What the processes of one replay judge by; it comes to them by fork(2)."""


def _judged(keys: Sequence[Key]) -> list[Verdict]:
    assert _judge is not None
    return _judge.all(keys)


def _ignore_progress(_done: int, _total: int) -> None:
    """Who asks in a program wants the figures alone."""


class Judge:
    """Now and with the policy: two guards that share what they find where the policy has no rules of its own."""

    def __init__(self, policy: Addition, settings: Settings) -> None:
        self.now = Guard(settings, os.environ, _ignore)
        self.then = guard_with(policy, _ignore, settings, os.environ)
        self.same_rules = not (policy.table.get("rule") or policy.table.get("program"))

    def all(self, keys: Sequence[Key]) -> list[Verdict]:
        return list(map(self.of, keys))

    def of(self, key: Key) -> Verdict:
        """Return the actions for one line."""
        question = question_of(key)
        assessment = self.now.assess(question)
        before = self.now.ruled(question, assessment)
        after = self.then.ruled(question, assessment if self.same_rules else self.then.assess(question))
        return int(before.action), int(after.action), _rule(after)


def question_of(key: Key) -> Question:
    """Return the question of a line whose world is gone."""
    text, cwd, agent = key
    return Question(text, cwd=cwd or None, agent=agent or None, nowhere=True)


def _rule(decision: Decision) -> str:
    if decision.rules[:1] == ("user-rule",):
        return decision.reason
    return decision.rules[0] if decision.rules else decision.decided_by


def _ignore(_message: str) -> None:
    """Broken rules are told by the commands that are about them."""
