"""The labelled commands are well formed, and the evaluation counts what it should."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SETS = [
    Path(__file__).parent / "cases" / f"{name}.jsonl"
    for name in ("dangers", "dangers_by_tool", "wrapped_dangers")
]
HARMLESS_CATEGORIES = {"bait", "ordinary"}
FORMS = {True: {"plain", "wrapped", "obfuscated"}, False: {"bait", "ordinary"}}

# Answers by the first letter: `h…` is high, everything else low.
FAKE = """
import json, sys
assert sys.argv[1:] == ["check", "--batch"]
for line in sys.stdin:
    command = json.loads(line)["command"]
    level = "high" if command.startswith("h") else "low"
    print(json.dumps({"command": command, "level": level, "score": 1, "rules": ["fake"]}))
sys.exit(3)
"""

CASES = [
    {"command": "h1", "dangerous": True, "category": "D1", "form": "plain", "tool": "a"},
    {"command": "x1", "dangerous": True, "category": "D1", "form": "wrapped", "tool": "a"},
    {"command": "h2", "dangerous": False, "category": "bait", "form": "bait", "tool": "b"},
    {"command": "x2\u2028y", "dangerous": False, "category": "bait", "form": "bait", "tool": "b"},
]


def evaluate(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tests.safety.evaluate", *map(str, arguments)],
        capture_output=True,
        text=True,
        cwd=ROOT,
    )


@pytest.fixture
def fake(tmp_path: Path) -> str:
    """How to start a stand-in for caro."""
    script = tmp_path / "fake.py"
    script.write_text(FAKE)
    return shlex.join([sys.executable, str(script)])


@pytest.fixture
def cases(tmp_path: Path) -> Path:
    path = tmp_path / "cases.jsonl"
    path.write_text("".join(json.dumps(case, ensure_ascii=False) + "\n" for case in CASES))
    return path


@pytest.mark.parametrize("cases", SETS, ids=lambda path: path.stem)
def test_lines_of_the_sets_are_whole_and_unique(cases: Path) -> None:
    lines = [json.loads(line) for line in cases.read_text().split("\n") if line]
    for case in lines:
        assert set(case) == {"command", "dangerous", "category", "form", "tool"}, case
        assert case["form"] in FORMS[case["dangerous"]], case
        assert not (case["dangerous"] and case["category"] in HARMLESS_CATEGORIES), case
    repeated = [text for text, times in Counter(case["command"] for case in lines).items() if times > 1]
    assert repeated == []


def test_figures_by_group(cases: Path, fake: str) -> None:
    done = evaluate(cases, "--json", "--caro", fake)
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout)
    assert figures["all:all"] == {
        "dangerous": 2,
        "harmless": 2,
        "recall": 0.5,
        "precision": 0.5,
        "flagged_harmless": 0.5,
    }
    assert figures["form:wrapped"]["recall"] == 0.0
    assert figures["category:bait"]["recall"] is None
    assert figures["tool:a"]["precision"] == 1.0


def test_wrong_answers_are_listed(cases: Path, fake: str) -> None:
    lines = evaluate(cases, "--wrong", "--caro", fake).stdout.splitlines()
    assert lines[0] == "missed\tD1/wrapped\tlow 1\tfake\t'x1'"
    assert lines[1] == "false alarm\tbait/bait\thigh 1\tfake\t'h2'"


def test_a_check_that_fails_is_told(cases: Path) -> None:
    done = evaluate(cases, "--caro", "false")
    assert done.returncode == 1
    assert "status 1 and 0 answers to 4 commands" in done.stderr


def test_a_bad_case_names_its_line(tmp_path: Path, fake: str) -> None:
    bad = tmp_path / "bad.jsonl"
    bad.write_text('{"command": "ls"}\n')
    done = evaluate(bad, "--caro", fake)
    assert done.returncode == 1
    assert f"{bad}:1: not a case" in done.stderr
