"""Hundreds of commands for each category of danger, and their harmless neighbours: `cases/taxonomy/*.txt`.

A line starts with `+ ` (must be high or critical) or `- ` (must not be); lines without go on with the one before.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from caro.levels import Level
from caro.safety.assessment import assess_line

FOLDER = Path(__file__).parent / "cases" / "taxonomy"


def read_cases(file: Path) -> list[tuple[bool, str]]:
    cases: list[tuple[bool, str]] = []
    for line in file.read_text("utf-8").split("\n"):
        if line[:2] in ("+ ", "- "):
            cases.append((line[0] == "+", line[2:]))
        elif line and cases:
            cases[-1] = (cases[-1][0], cases[-1][1] + "\n" + line)
    return cases


@pytest.mark.parametrize("name", sorted(file.stem for file in FOLDER.glob("*.txt")))
def test_taxonomy(name: str) -> None:
    cases = read_cases(FOLDER / f"{name}.txt")
    wrong = [text for positive, text in cases if (assess_line(text).level >= Level.HIGH) is not positive]
    assert cases
    assert wrong == []
