"""What one exec costs: bare, behind caro-shim, behind other kinds of shims, under tracers. Prints JSON.

The starts of a group are interleaved in one process (native/bench/spawn_bench.c); tracers wrap that process in turns.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
NATIVE = ROOT / "native"
sys.path.insert(0, str(ROOT / "tools"))
from build_hook import load_build_hook  # noqa: E402  # a script's neighbour, no package

TOOL = "caro-bench-true"

BASH_SHIM = """#!/usr/bin/env bash
set -e
program=${0##*/}
path=:$PATH:
path=${path//:${0%/*}:/:}
PATH=${path:1:-1} exec "$(PATH=${path:1:-1} command -v "$program")" "$@"
"""

PYTHON_SHIM = """#!{python} -IS
import os, sys
own = os.path.dirname(sys.argv[0])
for folder in os.environ["PATH"].split(":"):
    if folder != own and os.access(os.path.join(folder, os.path.basename(sys.argv[0])), os.X_OK):
        os.execv(os.path.join(folder, os.path.basename(sys.argv[0])), sys.argv)
"""


# What is interleaved with one another, and with the bare exec: an interpreter that starts empties the processor's
# caches, which the next one in turn would pay for.
GROUPS = (("shim", "shim_zig", "shim_dynamic"), ("bash_shim", "python_shim"))


def compile_shim(folder: Path, kind: str) -> bool:
    """Make caro-shim as the package is built by one kind of compiler; False where that is not here."""
    hook = load_build_hook()
    folder.mkdir()
    if kind == "zig":
        try:
            compiler = hook.find_zig(None)
        except SystemExit:  # neither kept nor installed
            return False
    else:
        name = {"musl": "musl-gcc", "cc": "cc"}[kind]
        compiler = hook.Compiler((name,), kind)
        if shutil.which(name) is None:
            return False
    (program,) = hook.link_programs(NATIVE, folder, compiler, "caro-shim")
    program.rename(folder / TOOL)
    return True


def put_script(folder: Path, text: str) -> Path:
    folder.mkdir()
    script = folder / TOOL
    script.write_text(text, "utf-8")
    script.chmod(0o755)
    return script


def make_ways(scratch: Path) -> dict[str, Path]:
    """The ways to start the tool, by figure name; the bare one first."""
    real = scratch / "real" / TOOL
    real.parent.mkdir()
    shutil.copy("/bin/true", real)
    ways = {"bare": real}
    packaged = ROOT / "src/caro/_bin/caro-shim"
    for name, kind in (("shim", "musl"), ("shim_zig", "zig"), ("shim_dynamic", "cc")):
        if compile_shim(scratch / name, kind):
            ways[name] = scratch / name / TOOL
    ways.setdefault("shim", Path(shutil.copy(packaged, scratch / "shim" / TOOL)))
    ways["bash_shim"] = put_script(scratch / "bash_shim", BASH_SHIM)
    ways["python_shim"] = put_script(scratch / "python_shim", PYTHON_SHIM.format(python=sys.executable))
    return ways


def compile_spawn_bench(folder: Path) -> Path:
    """Return the program that times starts, made of native/bench/spawn_bench.c by the system's compiler."""
    program = folder / "spawn_bench"
    source = NATIVE / "bench" / "spawn_bench.c"
    subprocess.run(["cc", "-D_GNU_SOURCE", "-Os", "-o", program, source], check=True)
    return program


def spawn(bench: Path, env: dict[str, str], count: int, commands: list[Path], around: list[str]) -> list[Any]:
    words = [*around, str(bench), str(count)]
    for command in commands:
        words += ["--", str(command)]
    done = subprocess.run(words, env=env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True)
    commands_part: list[Any] = json.loads(done.stdout[done.stdout.index(b'{"n"') :])["commands"]
    return commands_part


def tracers(scratch: Path) -> dict[str, list[str]]:
    """Other ways to see an exec, as the words in front of the process that does them."""
    found = {}
    if shutil.which("strace"):
        found["strace"] = ["strace", "-f", "-qq", "-e", "trace=execve", "-o", "/dev/null"]
    if shutil.which("bear"):
        found["bear"] = ["bear", "--output", str(scratch / "bear.json"), "--"]
    return found


def measure(short: bool) -> dict[str, Any]:
    count = 400 if short else 2000
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        env = {"HOME": folder, "PATH": f"{scratch / 'real'}:/usr/bin:/bin"}
        bench = compile_spawn_bench(scratch)
        ways = make_ways(scratch)
        measured: dict[str, Any] = {}
        for group in GROUPS[:1] if short else GROUPS:
            names = [name for name in ("bare", *group) if name in ways]
            figures_of_group = spawn(bench, env, count, [ways[name] for name in names], [])
            measured = dict(zip(names, figures_of_group, strict=True)) | measured
        figures: dict[str, float | None] = {"exec_bare_ms": measured["bare"]["median_us"] / 1000}
        for name in ("shim", "shim_zig", "shim_dynamic", "bash_shim", "python_shim"):
            figures[f"exec_{name}_ratio"] = measured[name]["ratio"] if name in measured else None
            figures[f"exec_{name}_added_ms"] = measured[name]["added_us"] / 1000 if name in measured else None
        for name in ("shim", "shim_zig"):
            figures[f"exec_{name}_kib"] = ways[name].stat().st_size / 1024 if name in ways else None
        # No bound holds the peers: the short run leaves those out that start an interpreter or follow every call.
        around = {} if short else tracers(scratch)
        ratios: dict[str, list[float]] = {name: [] for name in around}
        for _ in range(10):
            base = spawn(bench, env, 100, [ways["bare"]], [])[0]["median_us"]
            for name, words in around.items():
                traced = spawn(bench, env, 100, [ways["bare"]], words)[0]["median_us"]
                ratios[name].append(traced / base)
        for name in ("strace", "bear"):
            figures[f"exec_{name}_ratio"] = statistics.median(ratios[name]) if name in ratios else None
    notes = [f"n = {count} starts of each, interleaved; medians. Bare is a dynamic `true`."]
    return {"figures": figures, "notes": notes}


if __name__ == "__main__":
    os.chdir(ROOT)
    print(json.dumps(measure("--short" in sys.argv)))
