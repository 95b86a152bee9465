"""Runs commands in turn, A B A B ..., and compares them pair by pair: the machine's speed drifts, ratios hold."""

from __future__ import annotations

import ctypes
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Cost:
    """Of one finished run, children included: seconds."""

    cpu: float
    wall: float


PR_SET_CHILD_SUBREAPER = 36
"""prctl(2): what our children leave behind becomes ours, so that its time is counted too."""
OUTLIVES = 20.0
"""Seconds for which what outlives the command is waited for."""


def measure(argv: Sequence[str], env: Mapping[str, str], cwd: Path, all_of_it: bool = True) -> Cost:
    """Runs a command to its end; its output goes away, a failure is an error of the bench. CPU is that of every
    process that came of it, those that outlive it too (a tracer's worker); without `all_of_it` only of those that it
    waited for.
    """
    if all_of_it:
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    others = _children()
    started = time.perf_counter()
    child = subprocess.Popen(argv, env=env, cwd=cwd, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    wall = time.perf_counter() - started
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        raise SystemExit(f"bench: {' '.join(argv)} ended with {child.returncode}")
    cpu = usage.ru_utime + usage.ru_stime
    return Cost(cpu + (_cpu_of_the_rest(others) if all_of_it else 0.0), wall)


def _children() -> set[int]:
    threads = Path("/proc/self/task").iterdir()
    return {int(pid) for thread in threads for pid in (thread / "children").read_text().split()}


def _cpu_of_the_rest(others: set[int]) -> float:
    """Wait for all children but those that were there before; return the CPU seconds that they took."""
    cpu, deadline = 0.0, time.monotonic() + OUTLIVES
    while rest := _children() - others:
        for pid in rest:
            ended, _, usage = os.wait4(pid, os.WNOHANG)
            cpu += usage.ru_utime + usage.ru_stime if ended else 0.0
        if time.monotonic() > deadline:
            raise SystemExit(f"bench: still running {OUTLIVES:g} s after the command: {sorted(rest)}")
        time.sleep(0.001)
    return cpu


@dataclass(frozen=True)
class Way:
    """One way to run the same work."""

    name: str
    argv: Sequence[str]
    env: Mapping[str, str]


def paired_ratios(ways: Sequence[Way], cwd: Path, rounds: int) -> dict[str, Cost]:
    """Median ratio (cpu and wall) of each way to the first one, over `rounds` rounds after one to warm up."""
    ratios: dict[str, list[Cost]] = {way.name: [] for way in ways}
    for round_number in range(rounds + 1):
        if sys.stderr.isatty():
            print(f"\rbench: round {round_number} of {rounds}", end="", file=sys.stderr)
        costs = {way.name: measure(way.argv, way.env, cwd) for way in ways}
        base = costs[ways[0].name]
        if round_number:
            for name, cost in costs.items():
                ratios[name].append(Cost(cost.cpu / base.cpu, cost.wall / base.wall))
    if sys.stderr.isatty():
        print(file=sys.stderr)
    return {
        name: Cost(statistics.median(c.cpu for c in costs), statistics.median(c.wall for c in costs))
        for name, costs in ratios.items()
    }
