"""A replay of ordinary command lines: at most one question in two hundred."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

from caro.levels import Level
from caro.safety.assessment import assess_line

FILES = sorted((Path(__file__).parent / "cases").glob("ordinary*.txt"))
GROUP = re.compile(r"«([^«»]*)»")


def expand(line: str) -> list[str]:
    parts = GROUP.split(line)
    choices = [[part] if index % 2 == 0 else part.split("¦") for index, part in enumerate(parts)]
    products = ("".join(words).strip() for words in itertools.product(*choices))
    return list(dict.fromkeys(text.replace("⏎", "\n") for text in products))


def ordinary_lines() -> list[str]:
    lines: list[str] = []
    for file in FILES:
        for line in file.read_text("utf-8").splitlines():
            if line and not line.startswith("#"):
                lines += expand(line)
    return list(dict.fromkeys(lines))


def test_ordinary_lines_are_left_alone() -> None:
    lines = ordinary_lines()
    assessments = [(line, assess_line(line)) for line in lines]
    asked = {line: assessment.rules for line, assessment in assessments if assessment.level >= Level.HIGH}
    assert len(lines) >= 5_000
    assert len(asked) <= len(lines) // 200, asked


def test_ordinary_lines_can_be_read() -> None:
    lines = [line for line in ordinary_lines() if "<<" not in line]
    unread = {line: assess_line(line).problems for line in lines if assess_line(line).problems}
    assert len(unread) <= len(lines) // 100, unread
