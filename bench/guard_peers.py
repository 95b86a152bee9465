"""Other guards beside Caro's, as an agent would call them: black boxes, asked the same lines in turn. Nothing runs."""

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
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hook_bench import cold_start_ms, stop, wait_ready

ROOT = Path(__file__).resolve().parent.parent
BIN = ROOT / "src/caro/_bin"
LINES = ROOT / "bench/lines"
OUT = ROOT / "bench/out"
"""Homes lie here: guards take what is below /tmp for nobody's."""
OUR_ENV = dict(os.environ)
"""Package managers know from it where packages come from; what they install runs in a HOME of its own."""

Case = dict[str, Any]
Figures = dict[str, float | None]


@dataclass
class Peer:
    """A guard that is installed, and what it answered: (whether it refuses or asks, milliseconds)."""

    name: str
    command: list[str]
    env: dict[str, str]
    version: str
    answers: list[tuple[bool, float]] = field(default_factory=list)

    def ask(self, line: str) -> None:
        call = {
            "session_id": "bench",
            "hook_event_name": "PreToolUse",
            "cwd": self.env["HOME"],
            "tool_name": "Bash",
        }
        text = json.dumps(call | {"tool_input": {"command": line}})
        start = time.perf_counter()
        done = subprocess.run(
            self.command, input=text, env=self.env, capture_output=True, encoding="utf-8", timeout=60
        )
        spent = (time.perf_counter() - start) * 1000
        stopped = done.returncode == 2 or '"deny"' in done.stdout or '"ask"' in done.stdout
        self.answers.append((stopped, spent))


def new_lines() -> list[Case]:
    """Return the lines that were written after the rules: dangers, and everyday ones."""
    return [
        {"command": line, "dangerous": name == "dangers"}
        for name in ("dangers", "ordinary")
        for line in (LINES / f"{name}.txt").read_text("utf-8").splitlines()
        if line and not line.startswith("#")
    ]


def peers(sets: dict[str, list[Case]]) -> tuple[Figures, str]:
    """Ask each that can be installed here; a peer's refusal and its question both count. Returns figures, versions."""
    figures: Figures = {}
    with installed() as guards:
        for name, cases in sets.items():
            for guard in guards:
                guard.answers.clear()
            for case in cases:
                for guard in guards:
                    guard.ask(case["command"])
            for guard in guards:
                figures |= _figures(f"guard_{name}_{guard.name}", cases, guard.answers)
        return figures, ", ".join(f"{guard.name} {guard.version}" for guard in guards)


def _figures(prefix: str, cases: list[Case], answers: list[tuple[bool, float]]) -> Figures:
    dangers = [hit for case, (hit, _) in zip(cases, answers, strict=True) if case["dangerous"]]
    others = [hit for case, (hit, _) in zip(cases, answers, strict=True) if not case["dangerous"]]
    return {
        f"{prefix}_recall": round(sum(dangers) / len(dangers), 4),
        f"{prefix}_precision": round(sum(dangers) / max(1, sum(dangers) + sum(others)), 4),
        f"{prefix}_ms": round(statistics.median(spent for _, spent in answers), 2),
    }


@contextlib.contextmanager
def installed() -> Iterator[list[Peer]]:
    """Each guard with a home of its own; one that can't be installed is told of and left out."""
    OUT.mkdir(exist_ok=True)
    guards: list[Peer] = []
    with tempfile.TemporaryDirectory(prefix="peers-", dir=OUT, ignore_cleanup_errors=True) as folder:
        for name, install in INSTALLERS.items():
            place = Path(folder, name)
            home = place / "home"
            home.mkdir(parents=True)
            env = {"HOME": str(home), "PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}
            try:
                guards += install(place, env)
            except (OSError, subprocess.SubprocessError, KeyError, ValueError) as error:
                print(f"bench: {name} is not measured: {error}", file=sys.stderr)
        try:
            yield guards
        finally:
            stop(Path(folder, "caro/home/.config/caro/caro.sock"))


def install_safety_net(folder: Path, env: dict[str, str]) -> list[Peer]:
    """As installed, and at its level `paranoid`."""
    run_quietly(
        ["npm", "install", "--prefix", ".", "--no-audit", "--no-fund", "cc-safety-net"], OUR_ENV, folder
    )
    program = str(folder / "node_modules/.bin/cc-safety-net")
    version = json.loads((folder / "node_modules/cc-safety-net/package.json").read_text("utf-8"))["version"]
    words = [program, "hook", "--claude-code"]
    strictest = env | {"CC_SAFETY_NET_LEVEL": "paranoid"}
    return [
        Peer("cc_safety_net", words, env, version),
        Peer("cc_safety_net_paranoid", words, strictest, version),
    ]


def install_nah(folder: Path, env: dict[str, str]) -> list[Peer]:
    """As installed: it documents no stricter mode."""
    run_quietly([sys.executable, "-m", "venv", "venv"], OUR_ENV, folder)
    run_quietly([str(folder / "venv/bin/pip"), "install", "-q", "nah"], OUR_ENV, folder)
    env["PATH"] = f"{folder / 'venv/bin'}:{env['PATH']}"
    run_quietly(["nah", "install", "claude"], env, folder)
    version = run_quietly(["nah", "--version"], env, folder).split()[-1]
    settings = json.loads(Path(env["HOME"], ".claude/settings.json").read_text("utf-8"))
    command: str = settings["hooks"]["PreToolUse"][0]["hooks"][0]["command"]
    return [Peer("nah", ["/bin/sh", "-c", command], env, version)]


def install_own(folder: Path, env: dict[str, str]) -> list[Peer]:
    """Caro's own hook, in active mode, with its daemon: the same calls as the others get."""
    config = Path(env["HOME"], ".config/caro")
    config.mkdir(parents=True, mode=0o700)
    (config / "config.toml").write_text('[safety]\nmode = "active"\n')
    env["PATH"] = f"{Path(sys.executable).parent}:{env['PATH']}"
    cold_start_ms(env, config / "caro.sock")
    wait_ready(config / "caro.sock")
    version = run_quietly([str(Path(sys.executable).parent / "caro"), "--version"], env, folder).split()[1]
    return [Peer("caro", [str(BIN / "caro-hook"), "agent", "claude-code"], env, version)]


def run_quietly(words: list[str], env: dict[str, str], folder: Path) -> str:
    program = shutil.which(words[0], path=env["PATH"])
    if program is None:
        raise OSError(f"no {words[0]}")
    done = subprocess.run(
        [program, *words[1:]], env=env, cwd=folder, check=True, capture_output=True, text=True, timeout=300
    )
    return done.stdout.strip()


INSTALLERS: dict[str, Callable[[Path, dict[str, str]], list[Peer]]] = {
    "caro": install_own,
    "cc_safety_net": install_safety_net,
    "nah": install_nah,
}


if __name__ == "__main__":
    os.chdir(ROOT)
    found, versions = peers({"new": new_lines()})
    print(json.dumps({"figures": found, "versions": versions}, indent=1))
