"""Whole workloads, bare and under each way to observe: CPU and wall ratio, and how much was seen. Prints JSON.

CPU is user and system time of the whole tree. Coverage is events beside the execs that strace counts in the bare
workload. Launch costs (Python, the first prompt) aren't in it: natives are started as `caro run` starts them.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bench.pairs import Way, paired_ratios  # noqa: E402
from caro.paths import Paths  # noqa: E402
from caro.record import uuid7  # noqa: E402
from caro.settings import load_settings  # noqa: E402
from caro.trace import launcher, natives  # noqa: E402

WORKLOADS = {"configure": ("40", "8"), "git": ("60", "12"), "make": ("30", "8"), "agent": ("4", "1")}
"""Argument of each script of bench/workloads: whole, and short."""


def session(env: dict[str, str], log: Path) -> dict[str, str]:
    return env | {"CARO_SESSION_ID": uuid7.new(), "TRACE_LOG_FILE": str(log)}


def make_ways(script: list[str], env: dict[str, str], scratch: Path) -> list[Way]:
    """The same workload in each way that works here; the bare one first."""
    paths = Paths.of(env)
    launcher.prepare_home(load_settings(env, paths), env, paths)
    launch = str(natives.installed_native(paths, "caro-launch"))
    shimmed = session(env, scratch / "shims.jsonl") | launcher.shim_variables(env, paths)
    ways = [Way("bare", script, env), Way("shims", [launch, "--", script[0], *script], shimmed)]
    trace = paths.bin / "caro-trace"
    if trace.exists():
        for way in ("notify", "notify-exit", "ptrace"):
            deep = session(env, scratch / f"{way}.jsonl")
            ways.append(Way(way, [str(trace), "--way", way, "--", script[0], *script], deep))
    if shutil.which("strace"):
        strace = ["strace", "-f", "-qq", "-e", "trace=execve,execveat", "-o", str(scratch / "strace.out")]
        ways.append(Way("strace", [*strace, *script], env))
        ways.append(Way("strace_seccomp", [strace[0], "--seccomp-bpf", *strace[1:], *script], env))
    if shutil.which("bear"):
        ways.append(Way("bear", ["bear", "--output", str(scratch / "bear.json"), "--", *script], env))
    return ways


def count_execs(strace_output: Path) -> int:
    """Successful execs; strace splits a call that another process interrupts into two lines."""
    pattern = re.compile(rb"(execve|execveat)(\(| resumed>).* = 0$")
    return sum(bool(pattern.search(line)) for line in strace_output.read_bytes().splitlines())


def count_events(log: Path) -> int:
    return sum(json.loads(line)["kind"] == "exec" for line in log.read_bytes().splitlines())


def coverage(ways: list[Way], scratch: Path) -> dict[str, float]:
    """Share of the execs that each of our ways recorded, in one run of each."""
    counted = {}
    for way in ways:
        log = way.env.get("TRACE_LOG_FILE")
        if log:
            Path(log).unlink(missing_ok=True)
        if log or way.name == "strace":
            subprocess.run(
                way.argv, env=way.env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True
            )
            counted[way.name] = count_events(Path(log)) if log else count_execs(scratch / "strace.out")
    execs = counted.pop("strace", 0)
    return {name: count / execs for name, count in counted.items()} if execs else {}


def measure(short: bool) -> dict[str, Any]:
    figures: dict[str, float | None] = {}
    rounds = 3 if short else 12
    for name, sizes in WORKLOADS.items():
        script = [str(ROOT / "bench" / "workloads" / f"{name}.sh"), sizes[short]]
        with tempfile.TemporaryDirectory() as folder:
            scratch = Path(folder)
            env = {"HOME": folder, "PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "TMPDIR": folder}
            ways = make_ways(script, env, scratch)
            if short:
                ways = [way for way in ways if way.name not in ("strace_seccomp", "bear")]
            seen = coverage(ways, scratch)
            timed = [way for way in ways if not (short and way.name == "strace")]
            for way, ratio in list(paired_ratios(timed, scratch, rounds).items())[1:]:
                key = f"{name}_{way.replace('-', '_')}"
                figures[f"{key}_cpu"], figures[f"{key}_wall"] = ratio.cpu, ratio.wall
            figures |= {f"{name}_{way.replace('-', '_')}_coverage": share for way, share in seen.items()}
    return {"figures": figures, "notes": [f"Medians of {rounds} pairs of runs, ratio to the bare workload."]}


if __name__ == "__main__":
    print(json.dumps(measure("--short" in sys.argv)))
