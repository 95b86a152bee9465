"""Whole workloads, bare and under each way to observe: CPU and wall ratio, and how much was seen. Prints JSON.

CPU is user and system time of the whole tree, what observes it included. Coverage is what a way saw beside the execs
that strace counts in the bare workload.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bench.observers import Observer, missing, observers, run_once  # noqa: E402
from bench.pairs import Way, paired_ratios  # noqa: E402

WORKLOADS = {"configure": ("40", "6"), "git": ("60", "8"), "make": ("30", "4"), "agent": ("4", "1")}
"""Argument of each script of bench/workloads: whole, and short."""

ROUNDS = (12, 3)
TIMED_IN_SHORT = ("shims", "notify", "ptrace")


def coverage(found: list[Observer], short: bool) -> dict[str, float]:
    """Share of the execs that each way saw, in one run of each."""
    counted = {o.way.name: run_once(o) for o in found if o.quick or not short or o.way.name == "strace"}
    execs = counted.get("strace")
    del counted["strace"]
    return {name: count / execs for name, count in counted.items() if execs and count is not None}


def measure_workload(name: str, short: bool) -> dict[str, float]:
    script = [str(ROOT / "bench" / "workloads" / f"{name}.sh"), WORKLOADS[name][short]]
    figures = {}
    with tempfile.TemporaryDirectory() as folder:
        env = {"HOME": folder, "PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "TMPDIR": folder}
        found = observers(script, env, Path(folder))
        seen = coverage(found, short) if any(o.way.name == "strace" for o in found) else {}
        ways = [o.way for o in found if not short or o.way.name in TIMED_IN_SHORT]
        ratios = paired_ratios([Way("bare", script, env), *ways], Path(folder), ROUNDS[short])
    for way, ratio in ratios.items():
        if way != "bare":
            key = f"{name}_{way.replace('-', '_')}"
            figures |= {f"{key}_cpu": ratio.cpu, f"{key}_wall": ratio.wall}
    return figures | {f"{name}_{way.replace('-', '_')}_coverage": share for way, share in seen.items()}


def measure(short: bool) -> dict[str, Any]:
    figures: dict[str, float] = {}
    for name in WORKLOADS:
        figures |= measure_workload(name, short)
    notes = [f"Medians of {ROUNDS[short]} pairs of runs, ratio to the bare workload.", *missing()]
    return {"figures": figures, "notes": notes}


if __name__ == "__main__":
    print(json.dumps(measure("--short" in sys.argv)))
