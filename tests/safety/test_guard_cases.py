"""The labelled development set, and the `catches` and `passes` that stand beside each rule and program."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from caro.knowledge import shipped
from caro.levels import Level
from caro.safety.assessment import assess_line
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


def _stated(table: Mapping[str, Any]) -> list[tuple[str, bool]]:
    """Return (command, whether it must be caught) of a rule's or program's table."""
    return [(command, key == "catches") for key in ("catches", "passes") for command in table.get(key, ())]


def _cases_by_file() -> dict[str, list[tuple[str, bool]]]:
    found: dict[str, list[tuple[str, bool]]] = {}
    for document in shipped().documents("safety/rules"):
        found[document.name] = [case for rule in document.table["rule"] for case in _stated(rule)]
    for document in shipped().documents("safety/programs"):
        found[document.name] = [case for table in document.table.values() for case in _stated(table)]
    return found


BY_FILE = _cases_by_file()


@pytest.mark.parametrize("file", BY_FILE)
def test_what_stands_beside_rules_and_programs(file: str) -> None:
    wrong = [command for command, positive in BY_FILE[file] if is_positive(command) is not positive]
    assert wrong == []


def test_the_cases_are_all_there() -> None:
    assert sum(map(len, BY_FILE.values())) > 3_000


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
