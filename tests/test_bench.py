"""The bench driver: what it holds figures to, and the page it writes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

from bench.__main__ import breaches, load_bounds, measure, results_page

FOLDER = Path(__file__).resolve().parent.parent / "bench"
BOUNDS: dict[str, Any] = {
    "sections": {"one": {"title": "One", "script": "one.py"}},
    "figures": {
        "ratio": {"max": 2.0, "ratio": True},
        "rate": {"min": 10},
        "below": {"max": 0.5, "ratio": True},
        "coverage": {"min": 1.0, "max": 1.0, "title": "share of all"},
        "time": {"max": 2.0},
        "traced": {"max": 1.1, "ratio": True, "beside": "peer"},
    },
}

MADE = {
    "day": "2026-01-31",
    "run": "short",
    "load": [0.1, 1.5],
    "machine": "two processors",
    "versions": ["bash 5.2.15"],
}


def test_each_kind_of_figure_has_its_own_slack() -> None:
    written = {"time": 10.0}
    assert breaches({"ratio": 3.9, "rate": 2.1, "coverage": 1.0, "time": 49.0}, BOUNDS, written) == []
    wrong = breaches({"ratio": 4.1, "rate": 1.9, "coverage": 0.99, "time": 51.0}, BOUNDS, written)
    assert [line.split()[0] for line in wrong] == ["ratio", "rate", "coverage", "time"]
    assert "4.1" in wrong[0]
    assert breaches({"below": 0.7, "time": 11.0}, BOUNDS, {}) == ["time is 11; bound -inf to 10"]


def test_a_ratio_passes_that_adds_no_more_than_its_peer_in_the_same_run() -> None:
    assert breaches({"traced": 1.6, "peer": 1.5}, BOUNDS, {}) == []
    assert breaches({"traced": 1.64, "peer": 1.5}, BOUNDS, {}) == ["traced is 1.64; bound -inf to 1.625"]
    assert breaches({"traced": 1.25, "peer": 1.01}, BOUNDS, {}) == []
    assert len(breaches({"traced": 1.6}, BOUNDS, {})) == 1


def test_a_missed_ratio_is_measured_again() -> None:
    results = [{"figures": {"ratio": value}} for value in (9.0, 2.1, 8.0)]
    assert measure(iter(results).__next__, BOUNDS, 3, {}) == (results[1], [])
    result, wrong = measure(iter([results[0], results[2]]).__next__, BOUNDS, 2, {})
    assert result == results[2] and len(wrong) == 1 and "8" in wrong[0]


def test_the_page_says_kept_missed_and_not_measured() -> None:
    figures = {"ratio": 1.5, "rate": 9.0, "coverage": None, "free": 3.0}
    page = results_page({"one": {"figures": figures, "notes": ["As it was."], "made": MADE}}, BOUNDS)
    assert "2026-01-31, short run, load 0.1 before it and 1.5 after; two processors; bash 5.2.15." in page
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
