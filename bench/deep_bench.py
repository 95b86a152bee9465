"""Deep mode beside its speed: memory after many processes, and what a recorded builtin costs. Prints JSON."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bench.pairs import measure as run_cost  # noqa: E402
from caro.paths import Paths  # noqa: E402
from caro.settings import load_settings  # noqa: E402
from caro.trace import launcher, natives  # noqa: E402

PROCESSES = (10_000, 1_000)
BUILTINS = (20_000, 5_000)
ROUNDS = (12, 3)
STORM = 'i=0; while [ "$i" -lt {count} ]; do /bin/true; i=$((i + 1)); done; echo done; read -r word'


def resident_kib(pid: int) -> int:
    """Of a process and all below it that run the same program."""
    try:
        program = os.readlink(f"/proc/{pid}/exe")
        status = Path(f"/proc/{pid}/status").read_text()
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return 0
    own = int(status.split("VmRSS:")[1].split()[0])
    return own + sum(resident_kib(int(child)) for child in children if _program(child) == program)


def _program(pid: str) -> str:
    try:
        return os.readlink(f"/proc/{pid}/exe")
    except OSError:
        return ""


def memory_mb(trace: Path, way: str, env: dict[str, str], count: int) -> float:
    """Launcher, worker and keeper together, while the command still runs; shared pages count for each."""
    words = [str(trace), "--way", way, "--", "/bin/sh", "sh", "-c", STORM.format(count=count)]
    child = subprocess.Popen(words, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert child.stdout is not None
    child.stdout.readline()
    found = resident_kib(child.pid)
    child.communicate(b"\n")
    return found / 1024


def cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def collector_us(script: Path, env: dict[str, str], log: Path, count: int) -> float:
    """CPU of the collector, which is nobody's child and goes on after the shell, for one builtin."""
    done = subprocess.run(["bash", str(script), "tell"], env=env, stdout=subprocess.PIPE, check=True)
    pid, deadline = int(done.stdout), time.monotonic() + 30
    while log.read_bytes().count(b"\n") < count and time.monotonic() < deadline:
        time.sleep(0.05)
    return cpu_seconds(pid) / count * 1e6


def builtin_us(folder: Path, env: dict[str, str], count: int, rounds: int) -> dict[str, float]:
    """CPU of the shell, and of the collector, for one recorded builtin."""
    script, bash_env, log = folder / "script.sh", folder / "bashenv", folder / "builtins.jsonl"
    script.write_text("export VARIABLE=value\n" * count + 'case ${1-} in tell) echo "$CARO_XTRACE" ;; esac\n')
    bash_env.write_text((ROOT / "src" / "caro" / "trace" / "xtrace.bash").read_text())
    collector = natives.installed_native(Paths.of(env), "caro-xtrace")
    traced = env | {"BASH_ENV": str(bash_env), "CARO_BUILTINS": str(collector), "TRACE_LOG_FILE": str(log)}
    added = []
    for _ in range(rounds):
        bare, with_trace = (
            run_cost(["bash", str(script)], e, folder, all_of_it=False).cpu for e in (env, traced)
        )
        added.append((with_trace - bare) / count * 1e6)
    log.unlink(missing_ok=True)
    return {
        "deep_builtin_us": statistics.median(added),
        "deep_builtin_collector_us": collector_us(script, traced, log, count),
    }


def measure(short: bool) -> dict[str, Any]:
    figures: dict[str, float | None] = {}
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        folder = Path(name)
        env = {"HOME": name, "PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}
        paths = Paths.of(env)
        launcher.prepare_home(load_settings(env, paths), env, paths)
        trace = paths.bin / "caro-trace"
        for way in ("notify", "ptrace"):
            exists = trace.exists()
            figures[f"deep_{way}_memory_mb"] = (
                memory_mb(trace, way, env, PROCESSES[short]) if exists else None
            )
        figures |= builtin_us(folder, env, BUILTINS[short], ROUNDS[short])
    notes = [f"Memory after {PROCESSES[short]:,} processes; builtins: {BUILTINS[short]:,} in one script."]
    return {"figures": figures, "notes": notes}


if __name__ == "__main__":
    print(json.dumps(measure("--short" in sys.argv)))
