"""`python -m bench [--short] [--check] [--write] [SECTION...]`: runs the measurements.

Each section is a script of this folder that prints `{"figures": {NAME: NUMBER or null}, "notes": [TEXT]}`.
`--check` holds every figure that has a bound: a ratio up to three times what it may add (1.15 may be 1.45), a share
(of execs seen, of dangers found, of fixes that were right) as it is, and whatever says more about the machine than
about Caro (times, memory, rates) up to five times its bound or, where that is more, of what results.json has; a
slowest hundredth (p99) up to ten times, a ratio of two such too. Where a bound names a peer (`beside`), a ratio
passes too that adds no more
than 1.25 times what the peer adds in the same run: a switch from one process to another costs ten times as much on
one machine as on another, and costs the peer the same. So wide it is for machines on which a system call alone takes
three times as long: what is above its bound is printed as missed all the same. A section that is out of it is
measured again, at most twice: a machine that others use too is slow for seconds at a time, a change that made Caro
slower is slow each time.
`--write` writes bench/RESULTS.md and bench/results.json.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent
SLACK = 3.0
TIMES = 5.0
TIMES_OF_P99 = 10.0
PEERS_SLACK = 1.25
SHARES = ("coverage", "recall", "precision", "top1", "top3", "wrong", "suggested", "forks", "bytes", "saved", "shown",
          "hit_0", "hit_1", "hit_2")  # fmt: skip
VERSIONS = ("bash --version", "zsh --version", "fish --version", "strace --version", "direnv version", "fzf --version",
            "bear --version", "tmux -V")  # fmt: skip
TRIES = 3


def load_bounds() -> dict[str, Any]:
    return tomllib.loads((FOLDER / "bounds.toml").read_text("utf-8"))


def run_section(name: str, script: str, short: bool) -> dict[str, Any]:
    """Runs one script; its progress goes to our standard error."""
    print(f"bench: {name} ...", file=sys.stderr, flush=True)
    words = [sys.executable, str(FOLDER / script), *(["--short"] if short else [])]
    before, started = os.getloadavg()[0], time.monotonic()
    done = subprocess.run(words, stdout=subprocess.PIPE, cwd=FOLDER.parent)
    print(f"bench: {name} took {time.monotonic() - started:.0f} s", file=sys.stderr, flush=True)
    loads = before, os.getloadavg()[0]
    if done.returncode != 0:
        raise SystemExit(f"bench: {script} failed with {done.returncode}")
    result = json.loads(done.stdout)
    assert isinstance(result, dict)
    return {**result, "made": how_it_was_made(short, loads)}


def how_it_was_made(short: bool, loads: tuple[float, float]) -> dict[str, Any]:
    """What the page says of a section: the day, the run, the machine's load before and after it, what was there."""
    return {
        "day": str(datetime.date.today()),
        "run": "short" if short else "whole",
        "load": [round(load, 1) for load in loads],
        "machine": machine(),
        "versions": [f"Python {platform.python_version()}", *filter(None, map(version_of, VERSIONS))],
    }


def version_of(command: str) -> str:
    """Return `bash 5.2.15`, or nothing where there is no such program."""
    words = command.split()
    if shutil.which(words[0]) is None:
        return ""
    done = subprocess.run(words, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    found = re.search(r"\d+(\.\d+)+[a-z]?", done.stdout)
    return f"{words[0]} {found[0] if found else 'of an unknown version'}"


def limit_of(bound: dict[str, Any]) -> tuple[float, float]:
    """The range that a figure ought to be in."""
    return bound.get("min", float("-inf")), bound.get("max", float("inf"))


def is_share(name: str) -> bool:
    """True if the figure is a share of cases: the same wherever it is measured."""
    return name.endswith(SHARES)


def gate_of(name: str, bound: dict[str, Any], measured: float | None) -> tuple[float, float]:
    """The range that a figure has to be in for the check to pass; `measured`: what is written down for it."""
    lowest, highest = limit_of(bound)
    if is_share(name):
        return lowest, highest
    if bound.get("ratio"):
        # A ratio below 1 is no overhead: the slack is on all of it.
        slack = TIMES_OF_P99 if "p99" in name else SLACK
        return lowest / slack, 1 + (highest - 1) * slack if highest > 1 else highest * slack
    least, most = (lowest, highest) if measured is None else (min(lowest, measured), max(highest, measured))
    times = TIMES_OF_P99 if "p99" in name else TIMES
    return least / times, most * times


def peers_gate(bound: dict[str, Any], figures: dict[str, Any]) -> float:
    """The highest ratio that passes because the peer named `beside`, in the same run, adds as much to the bare work."""
    peer = figures.get(bound.get("beside", ""))
    return float("-inf") if peer is None else 1 + (peer - 1) * PEERS_SLACK


def breaches(figures: dict[str, Any], bounds: dict[str, Any], written: dict[str, Any]) -> list[str]:
    wrong = []
    for name, bound in bounds["figures"].items():
        value = figures.get(name)
        if value is None:
            continue
        lowest, highest = gate_of(name, bound, written.get(name))
        highest = max(highest, peers_gate(bound, figures))
        if not lowest <= value <= highest:
            wrong.append(f"{name} is {value:.4g}; bound {lowest:.4g} to {highest:.4g}")
    return wrong


def measure(
    run: Callable[[], dict[str, Any]], bounds: dict[str, Any], tries: int, written: dict[str, Any]
) -> tuple[dict[str, Any], list[str]]:
    """The first result that passes, else the last one; with what it breaches."""
    for left in reversed(range(tries)):
        result = run()
        wrong = breaches(result["figures"], bounds, written)
        if not wrong or not left:
            break
        print(f"bench: once more, since {'; '.join(wrong)}", file=sys.stderr, flush=True)
    return result, wrong


HOW_TO_READ = (
    "Made by `make bench-full` (whole runs) or `python -m bench --write SECTION`; each section says when and how."
    " Ratios are of runs interleaved on the same machine; single times are of a shared virtual machine."
)


def machine() -> str:
    return f"{os.cpu_count()} processors, {platform.system()} {platform.release().split('-')[0]}, {platform.machine()}"


def results_page(sections: dict[str, dict[str, Any]], bounds: dict[str, Any]) -> str:
    lines = ["# Measurements", "", HOW_TO_READ]
    for name, result in sections.items():
        lines += [
            "",
            f"## {bounds['sections'][name]['title']}",
            "",
            made_line(result.get("made")),
            "",
            "| figure | measured | bound | |",
            "|---|---|---|---|",
        ]
        for figure, value in result["figures"].items():
            bound = bounds["figures"].get(figure, {})
            words = [f"{sign} {bound[key]}" for key, sign in (("min", "≥"), ("max", "≤")) if key in bound]
            lowest, highest = limit_of(bound)
            kept = (
                "" if not words or value is None else "kept" if lowest <= value <= highest else "**missed**"
            )
            shown = "not measured here" if value is None else f"{value:.4g}"
            lines.append(
                f"| {bound.get('title', figure.replace('_', ' '))} | {shown} | {', '.join(words)} | {kept} |"
            )
        lines += ["", *result.get("notes", [])]
    return "\n".join(lines).rstrip() + "\n"


def made_line(made: dict[str, Any] | None) -> str:
    if made is None:
        return "How this was made was not recorded."
    load = f"load {made['load'][0]} before it and {made['load'][1]} after"
    return f"{made['day']}, {made['run']} run, {load}; {made['machine']}; {', '.join(made['versions'])}."


def earlier() -> dict[str, Any]:
    """What was written before, for the sections that are not measured now."""
    known = json.loads((FOLDER / "results.json").read_text("utf-8"))
    assert isinstance(known, dict)
    return known


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("--short", action="store_true", help="fewer rounds")
    parser.add_argument(
        "--check", action="store_true", help="fail where a figure leaves its bound by too much"
    )
    parser.add_argument("--write", action="store_true", help="write RESULTS.md and results.json")
    parser.add_argument("section", nargs="*")
    args = parser.parse_args()
    bounds = load_bounds()
    chosen = {n: s for n, s in bounds["sections"].items() if n in args.section or not args.section}
    sections, wrong = {}, []
    written = {name: value for result in earlier().values() for name, value in result["figures"].items()}
    for name, section in chosen.items():
        run = partial(run_section, name, section["script"], args.short)
        sections[name], missed = measure(run, bounds, TRIES if args.check else 1, written)
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
