"""The recorded failures keep their right answers; the floors lie below what was measured on one machine."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from caro.engine.helper import Helper
from caro.engine.process import helper_of
from caro.fix.model import Failure
from caro.machine.inventory import Machine

CASES = Path(__file__).parent / "cases"


@pytest.fixture(scope="module")
def fixer(tmp_path_factory: pytest.TempPathFactory) -> Helper:
    """A machine whose PATH holds the well-known commands, whatever this one has."""
    folder = tmp_path_factory.mktemp("path")
    for name in Machine("").common:
        (folder / name).touch()
    home = tmp_path_factory.mktemp("home")
    return helper_of({"HOME": str(home), "PATH": str(folder)}, pytest.fail, learns=False)


def results(fixer: Helper, name: str, kinds: tuple[str, ...]) -> Counter[str]:
    count: Counter[str] = Counter()
    for line in (CASES / name).read_text().splitlines():
        case = json.loads(line)
        if case["kind"] not in kinds or case.get("cwd"):
            continue
        fixes = fixer.fixes(Failure(case["command"], case["exit_code"], case.get("output"))).fixes
        first = " ".join(fixes[0].command.split()) if fixes else ""
        right = first in case["expected"] if case["expected"] else not fixes
        count["right" if right else "wrong" if fixes else "silent"] += 1
    return count


@pytest.mark.parametrize(
    ("name", "least"),
    [
        ("typos_by_others.jsonl", 0.95),
        ("typos_development.jsonl", 0.94),
        ("typos_development_more_tools.jsonl", 0.92),
        ("typos_other_tools.jsonl", 0.92),
        ("typos_many_tools.jsonl", 0.93),
        ("typos_mixed.jsonl", 0.92),
    ],
)
def test_slips(fixer: Helper, name: str, least: float) -> None:
    count = results(fixer, name, ("exe", "sub", "subcmd", "option"))
    assert count["right"] / count.total() >= least, count
    assert count["wrong"] / count.total() <= 0.04, count


def test_newer_tools_and_shapes(fixer: Helper) -> None:
    count = results(fixer, "newer_tools_and_shapes.jsonl", ("exe", "sub", "option", "none"))
    assert count["right"] / count.total() >= 0.95, count
    assert count["wrong"] <= 1, count


def test_newer_tools_below_their_first_words(fixer: Helper) -> None:
    count = results(fixer, "newer_tools_deeper.jsonl", ("exe", "sub", "option"))
    assert count["right"] / count.total() >= 0.94, count
    assert count["wrong"] <= 4, count


def test_situations_and_silence(fixer: Helper) -> None:
    # Whether a program is installed decides what is right for a few of them.
    assert results(fixer, "semantic.jsonl", ("semantic",))["right"] >= 105
    assert results(fixer, "semantic.jsonl", ("none",))["wrong"] <= 1
    assert results(fixer, "semantic_by_tool.jsonl", ("semantic",))["right"] >= 205
    assert results(fixer, "semantic_by_tool.jsonl", ("none",))["wrong"] <= 5
    assert results(fixer, "semantic_from_manuals.jsonl", ("semantic",))["right"] >= 190
    assert results(fixer, "semantic_from_manuals.jsonl", ("none",))["wrong"] <= 8
