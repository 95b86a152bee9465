"""The labelled development set, and the `catches` and `passes` that stand beside each rule and program."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from caro.knowledge import shipped
from caro.levels import Level
from caro.safety.assessment import assess_line
from caro.safety.programs import catalogue
from caro.safety.rules import rules_of

CASES = Path(__file__).parent / "cases"
DEVELOPMENT = [json.loads(line) for line in (CASES / "development.jsonl").read_text("utf-8").splitlines()]


def is_positive(command: str) -> bool:
    return assess_line(command).level >= Level.HIGH


@pytest.mark.parametrize("category", sorted({case["category"] for case in DEVELOPMENT}))
def test_development_set(category: str) -> None:
    cases = [case for case in DEVELOPMENT if case["category"] == category]
    wrong = [case["command"] for case in cases if is_positive(case["command"]) != case["dangerous"]]
    assert not wrong


def _rule_cases() -> list[tuple[str, str, bool]]:
    found = []
    for rule in rules_of(shipped()).everything():
        found += [(rule.id, command, True) for command in rule.catches]
        found += [(rule.id, command, False) for command in rule.passes]
    for name, spec in catalogue(shipped()).everything().items():
        if name == spec.name:
            found += [(name, command, True) for command in spec.catches]
            found += [(name, command, False) for command in spec.passes]
    return found


@pytest.mark.parametrize(("owner", "command", "positive"), _rule_cases())
def test_rule_or_program(owner: str, command: str, positive: bool) -> None:
    assessment = assess_line(command)
    assert (assessment.level >= Level.HIGH) is positive, (
        assessment.score,
        assessment.rules,
        assessment.problems,
    )


def test_every_rule_has_cases() -> None:
    assert [rule.id for rule in rules_of(shipped()).everything() if not rule.passes] == []


def test_each_program_stands_in_one_table() -> None:
    seen: dict[str, str] = {}
    twice = []
    for document in shipped().documents("safety/programs"):
        for name, table in document.table.items():
            for alias in (name, *table.get("same_as", ())):
                if alias in seen:
                    twice.append((alias, seen[alias], document.name))
                seen[alias] = document.name
    assert not twice
