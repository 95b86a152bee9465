"""`python -m bench [--short] [--check] [--write] [SECTION...]`: runs the measurements.

Each section is a script of this folder that prints `{"figures": {NAME: NUMBER or null}, "notes": [TEXT]}`.
`--check` holds the figures that bounds.toml marks as ratios to their bounds, with 50 % slack: single times say
more about the machine than about Caro. A section that misses one is measured again, at most twice: a machine that
others use too is slow for seconds at a time, a change that made Caro slower is slow each time.
`--write` writes bench/RESULTS.md and bench/results.json.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import platform
import subprocess
import sys
import tomllib
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent
SLACK = 1.5
TRIES = 3


def load_bounds() -> dict[str, Any]:
    return tomllib.loads((FOLDER / "bounds.toml").read_text("utf-8"))


def run_section(name: str, script: str, short: bool) -> dict[str, Any]:
    """Runs one script; its progress goes to our standard error."""
    print(f"bench: {name} ...", file=sys.stderr, flush=True)
    words = [sys.executable, str(FOLDER / script), *(["--short"] if short else [])]
    done = subprocess.run(words, stdout=subprocess.PIPE, cwd=FOLDER.parent)
    if done.returncode != 0:
        raise SystemExit(f"bench: {script} failed with {done.returncode}")
    result = json.loads(done.stdout)
    assert isinstance(result, dict)
    return result


def limit_of(bound: dict[str, Any], slack: float) -> tuple[float, float]:
    """The range that a figure has to be in."""
    lowest = bound["min"] / slack if "min" in bound else float("-inf")
    highest = bound["max"] * slack if "max" in bound else float("inf")
    return lowest, highest


def breaches(figures: dict[str, Any], bounds: dict[str, Any], slack: float, ratios_only: bool) -> list[str]:
    wrong = []
    for name, bound in bounds["figures"].items():
        value = figures.get(name)
        if value is None or (ratios_only and not bound.get("ratio")):
            continue
        lowest, highest = limit_of(bound, slack)
        if not lowest <= value <= highest:
            wrong.append(f"{name} is {value:.4g}; bound {lowest:.4g} to {highest:.4g}")
    return wrong


def measure(
    run: Callable[[], dict[str, Any]], bounds: dict[str, Any], tries: int
) -> tuple[dict[str, Any], list[str]]:
    """The first result whose ratios are within their bounds, else the last one; with what it breaches."""
    for left in reversed(range(tries)):
        result = run()
        wrong = breaches(result["figures"], bounds, SLACK, ratios_only=True)
        if not wrong or not left:
            break
        print(f"bench: once more, since {'; '.join(wrong)}", file=sys.stderr, flush=True)
    return result, wrong


def machine() -> str:
    return f"{os.cpu_count()} processors, {platform.system()} {platform.release().split('-')[0]}, {platform.machine()}"


def results_page(sections: dict[str, dict[str, Any]], bounds: dict[str, Any]) -> str:
    lines = ["# Measurements", ""]
    lines += [
        f"{datetime.date.today()} · {machine()} · Python {platform.python_version()} · `make bench-full`",
        "",
    ]
    lines += [
        "Ratios are of runs interleaved on the same machine; single times are of a shared virtual machine."
    ]
    for name, result in sections.items():
        lines += [
            "",
            f"## {bounds['sections'][name]['title']}",
            "",
            "| figure | measured | bound | |",
            "|---|---|---|---|",
        ]
        for figure, value in result["figures"].items():
            bound = bounds["figures"].get(figure, {})
            words = [f"{sign} {bound[key]}" for key, sign in (("min", "≥"), ("max", "≤")) if key in bound]
            lowest, highest = limit_of(bound, 1)
            kept = (
                "" if not words or value is None else "kept" if lowest <= value <= highest else "**missed**"
            )
            shown = "not measured here" if value is None else f"{value:.4g}"
            lines.append(
                f"| {bound.get('title', figure.replace('_', ' '))} | {shown} | {', '.join(words)} | {kept} |"
            )
        lines += ["", *result.get("notes", [])]
    return "\n".join(lines).rstrip() + "\n"


def earlier() -> dict[str, Any]:
    """What was written before, for the sections that are not measured now."""
    known = json.loads((FOLDER / "results.json").read_text("utf-8"))
    assert isinstance(known, dict)
    return known


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("--short", action="store_true", help="fewer rounds")
    parser.add_argument(
        "--check", action="store_true", help="fail where a ratio leaves its bound by more than 50 %%"
    )
    parser.add_argument("--write", action="store_true", help="write RESULTS.md and results.json")
    parser.add_argument("section", nargs="*")
    args = parser.parse_args()
    bounds = load_bounds()
    chosen = {n: s for n, s in bounds["sections"].items() if n in args.section or not args.section}
    sections, wrong = {}, []
    for name, section in chosen.items():
        run = partial(run_section, name, section["script"], args.short)
        sections[name], missed = measure(run, bounds, TRIES if args.check else 1)
        wrong += missed if args.check else []
    print(results_page(sections, bounds))
    if args.write:
        sections = {n: s for n in bounds["sections"] if (s := sections.get(n) or earlier().get(n))}
        page = results_page(sections, bounds)
        (FOLDER / "RESULTS.md").write_text(page, "utf-8")
        (FOLDER / "results.json").write_text(json.dumps(sections, indent=1, sort_keys=True) + "\n", "utf-8")
    for line in wrong:
        print(f"bench: {line}", file=sys.stderr)
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
