"""The ways to observe a workload, Caro's and others', and how each of them counts the execs that it saw."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bench.pairs import Way  # noqa: E402
from caro.paths import Paths  # noqa: E402
from caro.record import uuid7  # noqa: E402
from caro.settings import load_settings  # noqa: E402
from caro.trace import launcher, natives  # noqa: E402

DEEP = ("notify", "notify-exit", "ptrace")
SNOOPY = "CARO_BENCH_SNOOPY"
"""Variable with the libsnoopy.so of an unpacked package; installed, it watches the whole machine."""


@dataclass(frozen=True)
class Observer:
    """`count` tells the execs that the last run of `way` saw; None: it tells them where nobody here can look."""

    way: Way
    count: Callable[[], int] | None
    heavy: bool = False
    """Several times the work: seen on the short form of a workload alone."""


def count_events(log: Path) -> int:
    return sum(json.loads(line)["kind"] == "exec" for line in log.read_bytes().splitlines())


def count_calls(output: Path) -> int:
    """Successful execs that strace saw; it splits a call that another process interrupts into two lines."""
    pattern = re.compile(rb"(execve|execveat)(\(| resumed>).* = 0$")
    return sum(bool(pattern.search(line)) for line in output.read_bytes().splitlines())


def count_starts(output: Path) -> int:
    """Of `bear intercept`: a line of JSON for each start, end and signal."""
    return sum("started" in json.loads(line) for line in output.read_bytes().splitlines())


def _own(script: list[str], env: dict[str, str], scratch: Path) -> Iterator[Observer]:
    """Natives, started as `caro run` starts them: its launch, and Python, are not what is measured."""
    paths = Paths.of(env)
    launcher.prepare_home(load_settings(env, paths), env, paths)
    launch = str(natives.installed_native(paths, "caro-launch"))
    trace = paths.bin / "caro-trace"
    starts = {"shims": ([launch, "--", script[0], *script], launcher.shim_variables(env, paths))}
    for way in DEEP if trace.exists() else ():
        starts[way] = ([str(trace), "--way", way, "--", script[0], *script], {})
    for name, (words, variables) in starts.items():
        log = scratch / f"{name}.jsonl"
        session = {"CARO_SESSION_ID": uuid7.new(), "TRACE_LOG_FILE": str(log)}
        yield Observer(Way(name, words, env | session | variables), partial(count_events, log))


def _strace(script: list[str], env: dict[str, str], scratch: Path) -> Iterator[Observer]:
    for name, options in (("strace", []), ("strace_seccomp", ["--seccomp-bpf"])):
        output = scratch / f"{name}.txt"
        words = ["strace", "-f", *options, "-qq", "-e", "trace=execve,execveat", "-o", str(output), *script]
        yield Observer(Way(name, words, env), partial(count_calls, output), heavy=not options)


def _bear(script: list[str], env: dict[str, str], scratch: Path) -> Iterator[Observer]:
    output = scratch / "bear.json"
    words = ["bear", "intercept", "--output", str(output), "--", *script]
    yield Observer(Way("bear", words, env), partial(count_starts, output), heavy=True)


def find_snoopy() -> str | None:
    given = os.environ.get(SNOOPY)
    installed = (
        str(path) for folder in ("/lib", "/usr/lib") for path in Path(folder).glob("*/libsnoopy.so*")
    )
    return given or next(installed, None)


def _snoopy(script: list[str], env: dict[str, str], _scratch: Path) -> Iterator[Observer]:
    library = find_snoopy()
    if library:
        yield Observer(Way("snoopy", script, env | {"LD_PRELOAD": library}), None)


def observers(script: list[str], env: dict[str, str], scratch: Path) -> list[Observer]:
    """Those that are there, each running the same workload."""
    found = list(_own(script, env, scratch))
    found += _strace(script, env, scratch) if shutil.which("strace") else ()
    found += _bear(script, env, scratch) if shutil.which("bear") else ()
    return [*found, *_snoopy(script, env, scratch)]


def missing() -> list[str]:
    """What to say of those that are not there."""
    notes = [
        f"{name} is not installed here: no row." for name in ("strace", "bear") if not shutil.which(name)
    ]
    if find_snoopy():
        notes.append(
            "snoopy tells syslog what it sees, so its coverage is not counted; without a syslog it saves that work."
        )
    else:
        notes.append(
            f"snoopy is not installed here: no row. `{SNOOPY}` may name the libsnoopy.so of its package."
        )
    return notes


def run_once(observer: Observer) -> int | None:
    """Runs it and counts what it saw. Logs grow, so the old one goes first."""
    log = observer.way.env.get("TRACE_LOG_FILE")
    if log:
        Path(log).unlink(missing_ok=True)
    if observer.count is None:
        return None
    words = list(observer.way.argv)
    subprocess.run(
        words, env=observer.way.env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True
    )
    return observer.count()
