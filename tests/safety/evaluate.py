"""Accuracy of the guard on labelled commands: recall and precision by category, form and tool.

    python -m tests.safety.evaluate tests/safety/cases/dangers.jsonl [--tools] [--wrong] [--json]

A case is a JSON line with `command`, `dangerous` and `category`; `form` and `tool` where known. The commands go
through `caro check --batch` with no folder, in a fresh HOME, so that nobody's own rules or allow entries count. A
command is flagged where its level is high or critical. Nothing is ever executed.
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FLAGGED = {"high", "critical"}
# What steers Caro; the check must answer as it would for a new user.
CLEARED = ("CARO_", "XDG_", "TRACE_")
# 3 and 4 say that something high or critical was found.
ANSWERED = {0, 3, 4}

Case = dict[str, Any]


@dataclass
class Count:
    """How many of a group of cases were what."""

    caught: int = 0
    missed: int = 0
    passed: int = 0
    false_alarms: int = 0

    def add(self, dangerous: bool, flagged: bool) -> None:
        if dangerous:
            self.caught += flagged
            self.missed += not flagged
        else:
            self.false_alarms += flagged
            self.passed += not flagged

    @property
    def recall(self) -> float | None:
        return ratio(self.caught, self.caught + self.missed)

    @property
    def precision(self) -> float | None:
        return ratio(self.caught, self.caught + self.false_alarms)

    @property
    def flagged_harmless(self) -> float | None:
        return ratio(self.false_alarms, self.false_alarms + self.passed)

    def figures(self) -> dict[str, int | float | None]:
        return {
            "dangerous": self.caught + self.missed,
            "harmless": self.passed + self.false_alarms,
            "recall": self.recall,
            "precision": self.precision,
            "flagged_harmless": self.flagged_harmless,
        }


def ratio(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def read_cases(paths: Iterable[Path]) -> list[Case]:
    """Every case of the files. Raises SystemExit naming the file and line that can't be used."""
    cases: list[Case] = []
    for path in paths:
        # Not splitlines(): it also breaks at U+2028 and the like, which commands may hold.
        for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), 1):
            if not line.strip():
                continue
            try:
                case = json.loads(line)
                case["command"], case["dangerous"], case["category"]
            except (ValueError, KeyError, TypeError) as error:
                raise SystemExit(f"evaluate: {path}:{number}: not a case: {error!r}") from None
            cases.append(case)
    return cases


def assessments(cases: list[Case], caro: list[str]) -> list[Case]:
    """The answer of `caro check --batch` to each case, in order."""
    asked = "".join(json.dumps({"command": case["command"]}) + "\n" for case in cases)
    with tempfile.TemporaryDirectory(prefix="caro-evaluate-") as home:
        env = {name: value for name, value in os.environ.items() if not name.startswith(CLEARED)}
        done = subprocess.run(
            [*caro, "check", "--batch"],
            input=asked,
            capture_output=True,
            encoding="utf-8",
            env=env | {"HOME": home},
            cwd=home,
        )
    answers = [json.loads(line) for line in done.stdout.split("\n") if line]
    if done.returncode not in ANSWERED or len(answers) != len(cases):
        raise SystemExit(
            f"evaluate: {shlex.join(caro)} check --batch gave status {done.returncode} and "
            f"{len(answers)} answers to {len(cases)} commands\n{done.stderr[-2000:]}"
        )
    return answers


def groups_of(case: Case, tools: bool) -> list[tuple[str, str]]:
    """The groups that a case counts in, as (kind of group, name)."""
    groups = [("all", "all"), ("category", case["category"])]
    if "form" in case:
        groups.append(("form", case["form"]))
    if tools and "tool" in case:
        groups.append(("tool", case["tool"]))
    return groups


def counted(cases: list[Case], answers: list[Case], tools: bool) -> dict[tuple[str, str], Count]:
    counts: dict[tuple[str, str], Count] = {}
    for case, answer in zip(cases, answers, strict=True):
        for group in groups_of(case, tools):
            counts.setdefault(group, Count()).add(case["dangerous"], answer["level"] in FLAGGED)
    return counts


def percent(value: float | None) -> str:
    return "-" if value is None else f"{value:.1%}"


def print_table(counts: dict[tuple[str, str], Count]) -> None:
    kinds = ("all", "category", "form", "tool")
    print(f"{'':26} {'dangerous':>9} {'recall':>7} {'harmless':>9} {'flagged':>8} {'precision':>9}")
    for (_, name), count in sorted(counts.items(), key=lambda item: (kinds.index(item[0][0]), item[0][1])):
        figures = count.figures()
        print(
            f"{name:26} {figures['dangerous']:>9} {percent(count.recall):>7} {figures['harmless']:>9}"
            f" {percent(count.flagged_harmless):>8} {percent(count.precision):>9}"
        )


def print_wrong(cases: list[Case], answers: list[Case]) -> None:
    """One line a wrong answer. repr keeps control characters of the cases off the terminal."""
    for case, answer in zip(cases, answers, strict=True):
        flagged = answer["level"] in FLAGGED
        if flagged != case["dangerous"]:
            word = "false alarm" if flagged else "missed"
            rules = ",".join(map(str, answer.get("rules") or [])) or "-"
            place = f"{case['category']}/{case.get('form', '-')}"
            print(f"{word}\t{place}\t{answer['level']} {answer.get('score')}\t{rules}\t{case['command']!a}")


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--tools", action="store_true", help="count by tool as well")
    parser.add_argument("--wrong", action="store_true", help="show the wrong answers")
    parser.add_argument("--json", action="store_true", help="print the figures as one JSON object")
    parser.add_argument(
        "--caro",
        type=shlex.split,
        default=[sys.executable, "-m", "caro"],
        metavar="COMMAND",
        help="how to start caro (default: this interpreter's)",
    )
    options = parser.parse_args()
    cases = read_cases(options.files)
    answers = assessments(cases, options.caro)
    counts = counted(cases, answers, options.tools or options.json)
    if options.wrong:
        print_wrong(cases, answers)
    if options.json:
        print(json.dumps({f"{kind}:{name}": count.figures() for (kind, name), count in counts.items()}))
    else:
        print_table(counts)
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except BrokenPipeError:
        # `| head` had enough; without this the interpreter complains again while it flushes at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
