"""The bench driver: what it holds figures to, and the page it writes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

from bench.__main__ import SLACK, breaches, load_bounds, measure, results_page

FOLDER = Path(__file__).resolve().parent.parent / "bench"
BOUNDS: dict[str, Any] = {
    "sections": {"one": {"title": "One", "script": "one.py"}},
    "figures": {
        "ratio": {"max": 2.0, "ratio": True},
        "rate": {"min": 10},
        "share": {"min": 1.0, "max": 1.0, "title": "share of all"},
    },
}


def test_ratios_are_held_with_slack_and_times_are_not() -> None:
    assert breaches({"ratio": 2.9, "rate": 1, "share": 0.5}, BOUNDS, SLACK, ratios_only=True) == []
    wrong = breaches({"ratio": 3.1}, BOUNDS, SLACK, ratios_only=True)
    assert len(wrong) == 1 and "ratio" in wrong[0] and "3.1" in wrong[0]
    assert len(breaches({"ratio": 2.1, "rate": 9, "share": 1.0}, BOUNDS, 1.0, ratios_only=False)) == 2


def test_a_missed_ratio_is_measured_again() -> None:
    results = [{"figures": {"ratio": value}} for value in (9.0, 2.5, 8.0)]
    assert measure(iter(results).__next__, BOUNDS, 3) == (results[1], [])
    result, wrong = measure(iter([results[0], results[2]]).__next__, BOUNDS, 2)
    assert result == results[2] and len(wrong) == 1 and "8" in wrong[0]


def test_the_page_says_kept_missed_and_not_measured() -> None:
    figures = {"ratio": 1.5, "rate": 9.0, "share": None, "free": 3.0}
    page = results_page({"one": {"figures": figures, "notes": ["As it was."]}}, BOUNDS)
    rows = {line.split("|")[1].strip(): line for line in page.splitlines() if line.startswith("| ")}
    assert "kept" in rows["ratio"] and "**missed**" in rows["rate"]
    assert "not measured here" in rows["share of all"] and "≥ 1.0, ≤ 1.0" in rows["share of all"]
    assert rows["free"].endswith("|  |") and "As it was." in page


def test_every_section_has_a_script_that_imports() -> None:
    scripts = {section["script"].removesuffix(".py") for section in load_bounds()["sections"].values()}
    names = sorted(scripts | {path.stem for path in FOLDER.glob("*_bench.py")})
    done = subprocess.run(
        [sys.executable, "-c", f"import {', '.join(names)}"], cwd=FOLDER, capture_output=True
    )
    assert done.returncode == 0, done.stderr.decode()
