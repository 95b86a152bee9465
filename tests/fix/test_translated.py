"""Messages in German, French and Japanese, as the tools print them: the same slips are mended as in English."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest
from record_failures import prepare

from caro.engine.process import helper_of
from caro.fix.model import Failure

CASES = Path(__file__).parent / "cases/translated.jsonl"


def test_translated_messages_are_understood_as_well(tmp_path: Path) -> None:
    home, work = tmp_path / "home", tmp_path / "work"
    home.mkdir()
    work.mkdir()
    prepare(work)
    fixer = helper_of({"HOME": str(home), "PATH": "/usr/local/bin:/usr/bin:/bin"}, pytest.fail, learns=False)
    right: Counter[str] = Counter()
    count: Counter[str] = Counter()
    for line in CASES.read_text().splitlines():
        case = json.loads(line)
        cwd = str(work) if case.get("cwd") == "scratch" else None
        fixes = fixer.fixes(Failure(case["command"], case["exit_code"], case["output"], "bash", cwd)).fixes
        count[case["locale"]] += 1
        right[case["locale"]] += bool(fixes) and " ".join(fixes[0].command.split()) in case["expected"]
    shares = {locale: right[locale] / count[locale] for locale in count}
    assert shares["C"] > 0.9 and len(shares) == 4
    assert min(shares.values()) >= shares["C"] - 0.03, shares
