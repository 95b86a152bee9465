"""Accuracy of the fixer on recorded failures: top-1, top-3, silent and wrong, by kind (and by tool).

    python tests/fix/evaluate.py tests/fix/cases/typos_by_others.jsonl [--tools] [--misses]

A case is a JSON line with `command`, `exit_code`, `output`, `kind`, `tool` and `expected`: a list of right answers,
empty where silence is right. Every case of a kind counts the same. `files` lists what lies in the folder that it ran in
(a name without a dot is a folder), `commands_exist` programs that are installed.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools"))

from record_failures import prepare

from caro.engine.process import helper_of
from caro.fix.model import Failure


def judged(case: dict[str, Any], offered: list[str]) -> str:
    """`top1`, `top3`, `wrong` (a first answer that isn't right), `silent`; for cases without a fix, silence is
    `top1`."""
    squeezed = [" ".join(command.split()) for command in offered]
    wanted = {" ".join(command.split()) for command in case["expected"]}
    if not wanted:
        # A few have lines that help a little: silence is right, these are not wrong.
        return "wrong" if offered and squeezed[0] not in case.get("silent_or", ()) else "top1"
    if not offered:
        return "silent"
    if squeezed[0] in wanted:
        return "top1"
    return "top3" if wanted & set(squeezed[:3]) else "wrong"


NO_FOLDER = frozenset(
    ("Makefile", "makefile", "Dockerfile", "justfile", "Justfile", "Gemfile", "Rakefile", "Procfile")
)


def folder_of(case: dict[str, Any], scratch: str) -> str | None:
    """Return the folder that the case ran in, with its files made."""
    if "files" not in case:
        return scratch if case.get("cwd") == "scratch" else case.get("cwd")
    folder = Path(tempfile.mkdtemp(dir=scratch))
    for name in case["files"]:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if name.endswith("/") or ("." not in path.name and path.name not in NO_FOLDER):
            path.mkdir(exist_ok=True)
        else:
            path.touch()
    return str(folder)


def environment_of(case: dict[str, Any], scratch: str) -> dict[str, str]:
    """Return the environment with the programs installed that the case has."""
    folder = Path(tempfile.mkdtemp(dir=scratch))
    for name in case["commands_exist"]:
        (folder / name).touch(0o755)
    return dict(os.environ) | {"PATH": f"{folder}:{os.environ['PATH']}"}


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--tools", action="store_true", help="count by kind and tool")
    parser.add_argument("--misses", action="store_true", help="show what was not first")
    parser.add_argument("--without-output", action="store_true", help="as if nobody had seen the output")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        prepare(Path(scratch))
        return measure(options, scratch)


def measure(options: argparse.Namespace, scratch: str) -> int:
    fixer = helper_of(os.environ, print, learns=False)
    counts: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    times = []
    for path in options.files:
        for line in path.read_text().splitlines():
            case = json.loads(line)
            output = None if options.without_output else case.get("output")
            cwd = folder_of(case, scratch)
            asked = fixer
            if "commands_exist" in case:
                asked = helper_of(environment_of(case, scratch), print, learns=False)
            failure = Failure(case["command"], case["exit_code"], output, case.get("shell", "bash"), cwd)
            start = time.perf_counter()
            answer = asked.fixes(failure)
            times.append(time.perf_counter() - start)
            offered = [fix.command for fix in answer.fixes]
            result = judged(case, offered)
            groups = {"all", case["kind"]}
            if "output" not in case:
                groups.add("without output")
            if options.tools:
                groups.add(f"{case['kind']} {case['tool']}")
            for group in groups:
                counts[group][result] += 1
                counts[group]["cases"] += 1
            if options.misses and result != "top1":
                shown = [(fix.command, round(fix.confidence, 2), fix.tier) for fix in answer.fixes[:3]]
                print(
                    f"{result}\t{case['command']!r} -> {shown}; expected {case['expected']}; {(output or '')[:150]!r}"
                )
    for group, count in sorted(counts.items()):
        total = count["cases"]
        first, third = count["top1"], count["top1"] + count["top3"]
        # A fix in second or third place means that a wrong one stood first.
        wrong = count["wrong"] + count["top3"]
        print(
            f"{group:30} {total:5} cases  top-1 {first / total:6.1%}  top-3 {third / total:6.1%}"
            f"  silent {count['silent'] / total:6.1%}  wrong {wrong / total:6.1%}"
        )
    times.sort()
    print(f"p50 {times[len(times) // 2] * 1000:.2f} ms, p99 {times[int(len(times) * 0.99)] * 1000:.2f} ms")
    return 0


if __name__ == "__main__":
    sys.exit(main())
