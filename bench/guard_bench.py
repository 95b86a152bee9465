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
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from exec_bench import compile_spawn_bench
from hook_bench import ask, cold_start_ms, make_env, percentiles, stop, temporary_home

ROOT = Path(__file__).resolve().parent.parent
BIN = ROOT / "src/caro/_bin"
CASES = ROOT / "tests/safety/cases"
OWN_SETS = ("dangers", "dangers_by_tool")
TABLE_LINES = ('rm -rf "$HOME"/*', "ls -la", "git push --force", "sudo dd if=/dev/zero of=/dev/sda bs=1M")
PEER_CASES = 400
OUR_ENV = dict(os.environ)
"""Package managers know from it where packages come from; what they install runs in a HOME of its own."""

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


def wait_ready(path: Path) -> None:
    while "partial" in ask(path, type="preexec", line="ls"):
        time.sleep(0.01)


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


# -- other guards, as an agent would call them


def peer_hook(command: list[str], env: dict[str, str], line: str) -> tuple[bool, float]:
    """(whether it refuses or asks, milliseconds)."""
    call = {"session_id": "bench", "hook_event_name": "PreToolUse", "cwd": env["HOME"], "tool_name": "Bash"}
    text = json.dumps(call | {"tool_input": {"command": line}})
    start = time.perf_counter()
    done = subprocess.run(command, input=text, env=env, capture_output=True, encoding="utf-8", timeout=60)
    spent = (time.perf_counter() - start) * 1000
    return done.returncode == 2 or '"deny"' in done.stdout or '"ask"' in done.stdout, spent


def install_safety_net(folder: Path, env: dict[str, str]) -> list[str]:
    run_quietly(
        ["npm", "install", "--prefix", ".", "--no-audit", "--no-fund", "cc-safety-net"], OUR_ENV, folder
    )
    return [str(folder / "node_modules/.bin/cc-safety-net"), "hook", "--claude-code"]


def install_nah(folder: Path, env: dict[str, str]) -> list[str]:
    run_quietly([sys.executable, "-m", "venv", "venv"], OUR_ENV, folder)
    run_quietly([str(folder / "venv/bin/pip"), "install", "-q", "nah"], OUR_ENV, folder)
    env["PATH"] = f"{folder / 'venv/bin'}:{env['PATH']}"
    run_quietly(["nah", "install", "claude"], env, folder)
    settings = json.loads(Path(env["HOME"], ".claude/settings.json").read_text("utf-8"))
    command: str = settings["hooks"]["PreToolUse"][0]["hooks"][0]["command"]
    return ["/bin/sh", "-c", command]


def install_own(folder: Path, env: dict[str, str]) -> list[str]:
    """Caro's own hook, in active mode, with its daemon: the same calls as the others get."""
    config = Path(env["HOME"], ".config/caro")
    config.mkdir(parents=True, mode=0o700)
    (config / "config.toml").write_text('[safety]\nmode = "active"\n')
    env["PATH"] = f"{Path(sys.executable).parent}:{env['PATH']}"
    cold_start_ms(env, config / "caro.sock")
    wait_ready(config / "caro.sock")
    return [str(BIN / "caro-hook"), "agent", "claude-code"]


def run_quietly(words: list[str], env: dict[str, str], folder: Path) -> None:
    program = shutil.which(words[0], path=env["PATH"])
    if program is None:
        raise OSError(f"no {words[0]}")
    subprocess.run([program, *words[1:]], env=env, cwd=folder, check=True, capture_output=True, timeout=300)


PEERS: dict[str, Callable[[Path, dict[str, str]], list[str]]] = {
    "caro": install_own,
    "cc_safety_net": install_safety_net,
    "nah": install_nah,
}


def peers(cases: list[Case]) -> Figures:
    """The same calls to each that can be installed here; a peer's refusal and its question both count."""
    figures: Figures = {}
    for name, install in PEERS.items():
        with tempfile.TemporaryDirectory(prefix="caro-bench-", ignore_cleanup_errors=True) as folder:
            home = Path(folder, "home")
            home.mkdir()
            env = {"HOME": str(home), "PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}
            try:
                command = install(Path(folder), env)
            except (OSError, subprocess.SubprocessError, KeyError, ValueError) as error:
                print(f"bench: {name} is not measured: {error}", file=sys.stderr)
                continue
            try:
                answers = [peer_hook(command, env, case["command"]) for case in cases]
            finally:
                if name == "caro":
                    stop(home / ".config/caro/caro.sock")
        figures |= accuracy(f"guard_hook_{name}", cases, [hit for hit, _ in answers])
        figures[f"guard_hook_{name}_ms"] = round(statistics.median(spent for _, spent in answers), 2)
    return figures


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
        f"{len(lines)} lines of two sets that were made of the taxonomy, each judged for the first time."
    ]
    if not short:
        shared = [case for case in lines if "\0" not in case["command"]]
        shared = every(shared, PEER_CASES)
        figures |= peers(shared)
        notes.append(
            f"Hooks beside each other: {len(shared)} of these lines as tool calls in an empty folder, each tool"
            " as it is after its own installation. The sets are Caro's: they say what it looks for, not what the"
            " others were made for."
        )
    return {"figures": figures, "notes": notes}


if __name__ == "__main__":
    os.chdir(ROOT)
    print(json.dumps(measure("--short" in sys.argv)))
