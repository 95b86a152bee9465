"""The page that maps dangers to rules names rules and files that are there, and leaves none out."""

from __future__ import annotations

import re
from pathlib import Path

from caro.knowledge import shipped
from caro.safety.rules import rules_of

PAGE = Path(__file__).resolve().parents[2] / "docs" / "safety-coverage.md"
CASES = Path(__file__).parent / "cases"


def test_every_rule_is_on_the_page_or_is_a_fall_back() -> None:
    named = set(re.findall(r"`([a-z-]+)`", PAGE.read_text("utf-8")))
    known = {rule.id for rule in rules_of(shipped()).everything()}
    fall_backs = {"delete-file", "overwrite-file", "delete-repository", "delete-secret-store"}
    assert known - named - fall_backs == set()


def test_case_files_are_there() -> None:
    named = set(re.findall(r"taxonomy/(\w+\.txt)", PAGE.read_text("utf-8")))
    assert named <= {file.name for file in (CASES / "taxonomy").glob("*.txt")}
