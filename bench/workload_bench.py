"""Whole workloads, bare and under each way to observe: CPU and wall ratio, and how much was seen. Prints JSON.

CPU is user and system time of every process that the run starts, what observes it and outlives it included. Coverage
is what a way saw beside the execs that strace counts in the bare workload.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bench.observers import Observer, missing, observers, run_once  # noqa: E402
from bench.pairs import Way, paired_ratios  # noqa: E402

WORKLOADS = {"configure": ("40", "6"), "git": ("60", "8"), "make": ("30", "4"), "agent": ("4", "1")}
"""Argument of each script of bench/workloads: whole, and short."""

ROUNDS = (12, 3)
LOADED_ROUNDS = (7, 3)
BUSY = 6
TIMED_UNDER_LOAD = ("notify", "ptrace", "strace_seccomp")
TIMED_IN_SHORT = ("shims", "notify", "ptrace", "strace_seccomp")
SEEN_IN_SHORT = (*TIMED_IN_SHORT, "notify-exit")


def coverage(found: list[Observer], reference: Observer | None) -> dict[str, float]:
    """Share of the execs that each way saw, in one run of each."""
    execs = run_once(reference) if reference else None
    counted = {o.way.name: run_once(o) for o in found if o is not reference and execs}
    return {name: count / execs for name, count in counted.items() if execs and count is not None}


def measure_group(name: str, size: str, rounds: int, is_in: Callable[[Observer], bool]) -> dict[str, float]:
    """One workload of one size under those observers that belong to the group."""
    script = [str(ROOT / "bench" / "workloads" / f"{name}.sh"), size]
    with tempfile.TemporaryDirectory() as folder:
        env = {"HOME": folder, "PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "TMPDIR": folder}
        known = observers(script, env, Path(folder))
        found = [observer for observer in known if is_in(observer)]
        seen = coverage(found, next((o for o in known if o.way.name == "strace"), None))
        timed = [o.way for o in found if rounds == ROUNDS[0] or o.way.name in TIMED_IN_SHORT]
        ratios = paired_ratios([Way("bare", script, env), *timed], Path(folder), rounds)
    figures = {}
    for way, ratio in list(ratios.items())[1:]:
        key = f"{name}_{way.replace('-', '_')}"
        figures |= {f"{key}_cpu": ratio.cpu, f"{key}_wall": ratio.wall}
    return figures | {f"{name}_{way.replace('-', '_')}_coverage": share for way, share in seen.items()}


def measure_workload(name: str, short: bool) -> dict[str, float]:
    whole_size, short_size = WORKLOADS[name]
    if short:
        return measure_group(name, short_size, ROUNDS[1], lambda o: o.way.name in SEEN_IN_SHORT)
    figures = measure_group(name, whole_size, ROUNDS[0], lambda o: not o.heavy)
    return figures | measure_group(name, short_size, ROUNDS[0], lambda o: o.heavy)


def measure_under_load(size: str, rounds: int) -> dict[str, float]:
    """Wall ratios of the configure-like script beside busy processes that have nothing to do with it."""
    script = [str(ROOT / "bench" / "workloads" / "configure.sh"), size]
    with tempfile.TemporaryDirectory() as folder, busy_processes(BUSY):
        env = {"HOME": folder, "PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "TMPDIR": folder}
        found = [o.way for o in observers(script, env, Path(folder)) if o.way.name in TIMED_UNDER_LOAD]
        ratios = paired_ratios([Way("bare", script, env), *found], Path(folder), rounds)
    return {f"configure_{name}_loaded_wall": ratios[name].wall for name in TIMED_UNDER_LOAD if name in ratios}


@contextlib.contextmanager
def busy_processes(count: int) -> Iterator[None]:
    busy = [subprocess.Popen(["sh", "-c", "while :; do :; done"]) for _ in range(count)]
    try:
        yield
    finally:
        for process in busy:
            process.kill()
            process.wait()


def measure(short: bool) -> dict[str, Any]:
    figures: dict[str, float] = {}
    for name in WORKLOADS:
        figures |= measure_workload(name, short)
    figures |= measure_under_load(WORKLOADS["configure"][short], LOADED_ROUNDS[short])
    notes = [
        f"Medians of {ROUNDS[short]} pairs of runs, ratio to the bare workload. `loaded`: beside {BUSY} busy processes."
    ]
    if not short:
        notes += ["strace without `--seccomp-bpf`, and Bear, on the short form of each workload.", *missing()]
    return {"figures": figures, "notes": notes}


if __name__ == "__main__":
    print(json.dumps(measure("--short" in sys.argv)))
