"""The cases of a plugin or a policy, run: each line is judged by what ships and this one alone."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from caro.addition import MANIFEST, PROGRAM, Addition, agents_of
from caro.engine.guard import Guard
from caro.engine.question import Question
from caro.errors import CaroError
from caro.fix.engine import fixes_for
from caro.fix.model import Failure, NoInventory
from caro.fix.rulebook import ROOM as FIXES
from caro.fix.rulebook import rulebook
from caro.knowledge import Knowledge, shipped
from caro.knowledge.agents import agents
from caro.levels import Level
from caro.machine.knowledge import FOLDERS, with_additions
from caro.machine.own_specs import CASES, OwnSpecs
from caro.machine.own_specs import ROOM as SPECS
from caro.meaning.errors import cause_of
from caro.meaning.messages import ROOM as ERRORS
from caro.meaning.messages import read_messages
from caro.plugins.process import Process, ask_all
from caro.plugins.starts import start_of
from caro.safety.assessment import assess_line
from caro.settings import Settings, load_settings
from caro.tightening import holding_everywhere, tighten, tightened_environments

CASE_SECONDS = 5.0
SLOW_SECONDS = 0.02


@dataclass
class Result:
    """How many cases ran, and what is wrong: a sentence each."""

    cases: int = 0
    faults: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def expect(self, holds: bool, what: str) -> None:
        self.cases += 1
        if not holds:
            self.faults.append(what)


def check(addition: Addition) -> Result:
    """Return how the cases went. Never raises on any content."""
    result = Result()
    known = with_additions(shipped(), [addition], result.faults.append)
    try:
        for run in (_guard_cases, _fix_cases, _spec_cases, _explain_cases, _ask_cases):
            run(known, result)
        _secret_cases(addition, result)
        _program_cases(addition, result)
        _line_cases(addition, result)
    except (CaroError, ValueError, TypeError, KeyError, AttributeError) as error:
        result.faults.append(f"a case can't be run: {error}")
    result.faults += [
        f"agents.{name} ships with Caro: name yours otherwise"
        for name in agents_of((addition,))
        if name in agents().by_name
    ]
    result.notes += [
        f"{name}: nothing reads it; folders are {', '.join(FOLDERS)}"
        for name in sorted(addition.files)
        if name.endswith(".toml") and "/" in name and name.split("/")[0] not in FOLDERS
    ]
    if not result.cases:
        result.notes.append(
            "it has no case: `catches` and `passes` beside a rule show that it does what you mean"
        )
    # A file that can't be read is named by each sort of cases.
    result.faults = list(dict.fromkeys(result.faults))
    return result


def _own(known: Knowledge, room: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for document in known.documents(room):
        if not document.ships:
            yield document.name, document.table


def _guard_cases(known: Knowledge, result: Result) -> None:
    for title, table in _own(known, "safety/rules"):
        for rule in table["rule"]:
            for line in rule["catches"]:
                result.expect(rule["id"] in assess_line(line, knowledge=known).rules,
                              f"{title}: rule {rule['id']} does not catch `{line}`")  # fmt: skip
            for line in rule["passes"]:
                result.expect(rule["id"] not in assess_line(line, knowledge=known).rules,
                              f"{title}: rule {rule['id']} catches `{line}`, which should pass")  # fmt: skip
    for title, table in _own(known, "safety/programs"):
        for name, program in table.items():
            for line in program.get("catches", ()):
                result.expect(assess_line(line, knowledge=known).level >= Level.MODERATE,
                              f"{title}: program {name}: `{line}` is judged low")  # fmt: skip
            for line in program.get("passes", ()):
                result.expect(assess_line(line, knowledge=known).level == Level.LOW,
                              f"{title}: program {name}: `{line}` is judged dangerous")  # fmt: skip


def _fix_cases(known: Knowledge, result: Result) -> None:
    book = known.view(rulebook).telling(result.faults.append)
    for title, table in _own(known, FIXES):
        for rule in table.get("rule", ()):
            for case in rule.get("cases", ()):
                failure = Failure(case["command"], case.get("exit", 1), case.get("output"),
                                  case.get("shell", "bash"), case.get("cwd"))  # fmt: skip
                world = NoInventory(
                    platform=case.get("platform", ""),
                    path=case.get("path", ()),
                    known=case.get("names", {}),
                    folders=case.get("folders", {}),
                    cwd=case.get("cwd"),
                )
                fixes = [fix.command for fix in fixes_for(failure, world, book).fixes]
                best = fixes[0] if fixes else ""
                holds = case["among"] in fixes if "among" in case else best == case["want"]
                result.expect(
                    holds, f"{title}: fix rule {rule.get('id')}: `{case['command']}` gives `{best}`"
                )


def _spec_cases(known: Knowledge, result: Result) -> None:
    """`cases` beside the names that a tool accepts: a line that fails, and what was meant."""
    specs, book = known.view(OwnSpecs), known.view(rulebook).telling(result.faults.append)
    world = NoInventory(path=tuple(specs.roots), specs=specs.roots)
    for title, table in _own(known, SPECS):
        for said in table.values():
            for line, wanted in said.get(CASES, {}).items():
                fixes = [fix.command for fix in fixes_for(Failure(line, 1), world, book).fixes]
                best = fixes[0] if fixes else ""
                result.expect(best == wanted, f"{title}: `{line}` gives `{best}`, and not `{wanted}`")


def _explain_cases(known: Knowledge, result: Result) -> None:
    for title, table in _own(known, ERRORS):
        for message in read_messages(dict(table), ships=False):
            command = next(iter(message.tools), "")
            told = cause_of(command, 1, message.case, known).cause
            match = message.pattern.search(message.case)
            wanted = message.told(message.case, match).cause if match else ""
            result.expect(told == wanted, f"{title}: `{message.case}` is explained as: {told}")


def _ask_cases(known: Knowledge, result: Result) -> None:
    own = [(title, *item) for title, table in _own(known, "ask/pairs") for item in table.items()]
    if not own:
        return
    from caro.ask.index import Index

    index = known.view(Index)
    for title, template, wordings in own:
        for wording in filter(None, map(str.strip, wordings.splitlines())):
            terms = index.words.terms(re.sub(r"\{[^{}]*\}", "x", wording))
            hits = index.nearest(terms, frozenset(), frozenset(), frozenset(), 5)
            templates = [hit.wording.pair.template for hit in hits]
            result.expect(template in templates, f"{title}: `{wording}` does not lead to `{template}`")


def _secret_cases(addition: Addition, result: Result) -> None:
    from caro.ere import read_pattern
    from caro.redact.marks import MASK
    from caro.redact.redact import redact_text

    for entry in addition.table.get("redaction", ()):
        reading = read_pattern(entry["pattern"])
        if reading.problem:
            result.faults.append(f"redaction {entry['pattern']!r}: {reading.problem}")
        for text in entry.get("catches", ()):
            result.expect(MASK in redact_text(text, (reading.text,)), f"redaction: `{text}` is not masked")
        for text in entry.get("passes", ()):
            result.expect(redact_text(text, (reading.text,)) == text, f"redaction: `{text}` is masked")


def _program_cases(addition: Addition, result: Result) -> None:
    """`[[executable.case]]`: what its program is asked, and what has to stand in the answer. It runs confined."""
    table = addition.table.get("executable")
    if table is None:
        return
    if not addition.program:
        result.faults.append(f"[executable] needs a program {PROGRAM}{addition.name} beside the {MANIFEST}")
        return
    process = Process(start_of(addition, load_settings({"HOME": "/nonexistent"})))
    process.begin()
    try:
        for case in table.get("case", ()):
            _program_case(process, case, result)
        missing = set(table.get("hooks", ())) - process.hooks
        if missing:
            result.faults.append(
                process.why or f"its program does not name the hooks {', '.join(sorted(missing))}"
            )
    finally:
        process.stop("checked")
        process.reap()


def _program_case(process: Process, case: Mapping[str, Any], result: Result) -> None:
    before = time.monotonic()
    told = next((told for _, told in ask_all([process], case["hook"], case["ask"], CASE_SECONDS)), None)
    took = time.monotonic() - before
    wanted = case.get("answer", {})
    holds = told is not None and all(told.get(key) == value for key, value in wanted.items())
    result.expect(holds, f"case of {case['hook']}: it answers {_shown(told)}, and not {_shown(wanted)}")
    if holds and took > SLOW_SECONDS:
        result.notes.append(
            f"case of {case['hook']}: it took {1000 * took:.0f} ms; the daemon waits for 20 ms"
        )


def _shown(told: Mapping[str, Any] | None) -> str:
    rest = {key: value for key, value in (told or {}).items() if key not in ("v", "id")}
    return json.dumps(rest) if told is not None else "nothing"


def _line_cases(addition: Addition, result: Result) -> None:
    """`[[case]]`: a line and the action that is asked for, in mode passive where the case says nothing else."""
    cases = addition.table.get("case", ())
    if not cases:
        return
    guard = guard_with(addition, result.faults.append)
    for case in cases:
        question = Question(
            case["line"],
            cwd=case.get("cwd") or addition.root or None,
            agent="agent" if case.get("agent") else None,
            mode=case.get("mode"),
            nowhere="cwd" not in case,
        )
        action = guard.decide(question).action.word
        result.expect(action == case["action"], f"case `{case['line']}`: {action}, and not {case['action']}")


def guard_with(
    addition: Addition,
    complain: Callable[[str], None],
    base: Settings | None = None,
    env: Mapping[str, str] | None = None,
) -> Guard:
    """Return a guard of the defaults (or of `base`) and this addition, whether or not it is enforced yet; another
    version of it in `base` goes on holding beside it."""
    env = {"HOME": "/nonexistent"} if env is None else env
    addition = replace(addition, enforced=True)
    settings = load_settings(env) if base is None else base
    values, everywhere = dict(settings.values), holding_everywhere([addition])
    for one in everywhere:
        tighten(values, one)
    environments = tightened_environments(settings.environments, everywhere)
    added = (*settings.additions, addition)
    return Guard(replace(settings, values=values, environments=environments, additions=added), env, complain)
