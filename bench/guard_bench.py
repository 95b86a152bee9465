"""The guard: a verdict in the daemon, a line at the prompt, the compiled table, the exec gate; right and wrong
answers on the repository's own sets, beside other guards (the long run alone). Prints JSON. Nothing is executed.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from exec_bench import compile_spawn_bench
from guard_peers import new_lines, peers
from hook_bench import cold_start_ms, make_env, percentiles, stop, temporary_home, wait_ready

ROOT = Path(__file__).resolve().parent.parent
BIN = ROOT / "src/caro/_bin"
CASES = ROOT / "tests/safety/cases"
OWN_SETS = ("dangers", "dangers_by_tool")
TABLE_LINES = ('rm -rf "$HOME"/*', "ls -la", "git push --force", "sudo dd if=/dev/zero of=/dev/sda bs=1M")
PEER_CASES = 400

Case = dict[str, Any]
Figures = dict[str, float | None]


def cases_of(name: str) -> list[Case]:
    text = (CASES / f"{name}.jsonl").read_text("utf-8")
    return [json.loads(line) for line in text.split("\n") if line.strip()]


def every(cases: list[Case], count: int) -> list[Case]:
    """About `count` of them, spread over the whole, the same ones each time."""
    return cases[:: max(1, len(cases) // count)]


# -- in the daemon


def in_daemon(cases: list[Case]) -> Figures:
    """Each line for the first time: what was judged before comes out of a table. CPU time: the daemon waits for
    nothing while it judges."""
    from caro.daemon.verdicts import Verdicts
    from caro.engine.guard import Guard
    from caro.settings import load_settings
    from caro.wire import Request

    with temporary_home() as home:
        guard = Guard(load_settings({"HOME": str(home)}), {"HOME": str(home)}, print, loaded=False)
        guard.load()
        verdicts = Verdicts(guard)
        times = []
        for case in cases:
            request = Request(v=1, type="preexec", line=case["command"], shell="bash", cwd=str(home))
            start = time.thread_time_ns()
            verdicts.of_line(request, None)
            times.append((time.thread_time_ns() - start) / 1000)
    return dict(percentiles("guard_verdict", times))


# -- caro-hook, as bash calls it


def hook_us(words: list[str], env: dict[str, str], out: int) -> float:
    """In a session of its own: no terminal is asked or told anything."""
    actions = [(os.POSIX_SPAWN_DUP2, out, 1), (os.POSIX_SPAWN_DUP2, out, 2)]
    start = time.perf_counter_ns()
    pid = os.posix_spawn(words[0], words, env, file_actions=actions, setsid=True)
    os.waitpid(pid, 0)
    return (time.perf_counter_ns() - start) / 1000


def preexec(line: str, seq: int, env: dict[str, str], out: int) -> float:
    words = [str(BIN / "caro-hook"), "preexec", "-s", "bash", "-p", str(os.getpid()), "-n", str(seq)]
    return hook_us(words, env | {"CARO_LINE": line}, out)


def at_prompt(cases: list[Case], out: int) -> Figures:
    # a NUL can't stand in a variable
    lines = [case["command"] for case in cases if "\0" not in case["command"]]
    with temporary_home() as home:
        env, path = make_env(home), home / ".config/caro/caro.sock"
        cold_start_ms(env, path)
        wait_ready(path)
        try:
            pairs = [
                (preexec(line, 2 * seq, env, out), preexec("ls", 2 * seq + 1, env, out))
                for seq, line in enumerate(lines, 1)
            ]
        finally:
            stop(path)
    times, plain = zip(*pairs, strict=True)
    figures: Figures = dict(percentiles("guard_prompt", list(times)))
    figures["guard_prompt_ratio"] = round(statistics.median(times) / statistics.median(plain), 3)
    return figures


def compiled_table(count: int, out: int) -> Figures:
    with temporary_home() as home:
        env = make_env(home)
        times = [
            preexec(line, seq, env, out) for seq in range(count // len(TABLE_LINES)) for line in TABLE_LINES
        ]
    return dict(percentiles("guard_table", times))


# -- the exec gate, for programs that no rule names


@contextlib.contextmanager
def gated_homes() -> Iterator[tuple[Path, list[dict[str, str]]]]:
    """A folder, and two environments in it: the guard off; active, with all programs that rules name."""
    from caro.paths import Paths
    from caro.runtime_conf import write_runtime_conf
    from caro.settings import load_settings

    with tempfile.TemporaryDirectory(prefix="caro-bench-") as folder:
        environments = []
        for mode in ("off", "active"):
            env = {"HOME": f"{folder}/{mode}", "PATH": f"{folder}/tools:/usr/bin:/bin"}
            settings = load_settings(env | {"CARO_SAFETY_MODE": mode, "CARO_DAEMON_AUTO_START": "false"})
            Path(env["HOME"]).mkdir()
            write_runtime_conf(settings, Paths.of(env), [] if mode == "off" else None)
            environments.append(env)
        for name, source in (("tools", "/bin/true"), ("shims", BIN / "caro-shim")):
            Path(folder, name).mkdir()
            shutil.copy(source, Path(folder, name, "caro-bench-true"))
        yield Path(folder), environments


def shim_gate(count: int, out: int) -> Figures:
    with gated_homes() as (folder, environments):
        words = [str(folder / "shims/caro-bench-true"), "-x", "argument"]
        pairs = [[hook_us(words, env, out) for env in environments] for _ in range(count)]
    added = statistics.median(pair[1] - pair[0] for pair in pairs)
    ratio = statistics.median(pair[1] / pair[0] for pair in pairs)
    return {"guard_exec_shim_added_ms": round(added / 1000, 4), "guard_exec_shim_ratio": round(ratio, 3)}


def deep_gate(rounds: int, each: int) -> Figures:
    with gated_homes() as (folder, environments):
        bench = compile_spawn_bench(folder)
        words = [str(BIN / "caro-trace"), "--way", "auto", "--", str(bench), str(bench), str(each)]
        words += ["--", str(folder / "tools/caro-bench-true"), "-x", "argument"]
        pairs = [[spawned_us(words, env) for env in environments] for _ in range(rounds)]
    added = statistics.median(pair[1] - pair[0] for pair in pairs)
    ratio = statistics.median(pair[1] / pair[0] for pair in pairs)
    return {"guard_exec_deep_added_ms": round(added / 1000, 4), "guard_exec_deep_ratio": round(ratio, 3)}


def spawned_us(words: list[str], env: dict[str, str]) -> float:
    done = subprocess.run(words, env=env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True)
    return float(json.loads(done.stdout)["commands"][0]["median_us"])


# -- right and wrong answers


def accuracy(name: str, cases: list[Case], flagged: list[bool]) -> Figures:
    """Recall, and precision: how much of what was flagged is dangerous."""
    caught = sum(case["dangerous"] and hit for case, hit in zip(cases, flagged, strict=True))
    dangerous = sum(case["dangerous"] for case in cases)
    return {
        f"{name}_recall": round(caught / dangerous, 4),
        f"{name}_precision": round(caught / max(1, sum(flagged)), 4),
    }


def own_answers(cases: list[Case]) -> list[bool]:
    from caro.levels import Level
    from caro.safety.assessment import assess_line

    return [assess_line(case["command"]).level >= Level.HIGH for case in cases]


def measure(short: bool) -> dict[str, Any]:
    sets = {name: cases_of(name) for name in OWN_SETS}
    lines = [case for cases in sets.values() for case in every(cases, 200 if short else 1500)]
    count = 200 if short else 2000
    out = os.open(os.devnull, os.O_WRONLY)
    figures = in_daemon(lines) | at_prompt(lines, out) | compiled_table(count, out) | shim_gate(count, out)
    figures |= deep_gate(5, 50) if short else deep_gate(20, 200)
    for name, cases in sets.items():
        chosen = every(cases, 300) if short else cases
        figures |= accuracy(f"guard_{name}", chosen, own_answers(chosen))
    notes = [
        f"{len(lines)} lines of two sets that were of the taxonomy, each judged once, before anything remembers it.",
        "The rules were written with these sets: none is held out.",
    ]
    if not short:
        shared = [case for case in lines if "\0" not in case["command"]]
        shared = every(shared, PEER_CASES)
        found, versions = peers({"hook": shared, "new": new_lines()})
        figures |= found
        notes.append(
            f"Hooks beside each other ({versions}): {len(shared)} of these lines, and lines that were written after the"
            " rules (`bench/lines`), as tool calls in an empty folder below the checkout, each tool asked in turn, as"
            " it is after its own installation, and in its strictest mode where it has one. The sets are Caro's: they"
            " say what it looks for, not what the others were made for."
        )
    return {"figures": figures, "notes": notes}


if __name__ == "__main__":
    os.chdir(ROOT)
    print(json.dumps(measure("--short" in sys.argv)))
