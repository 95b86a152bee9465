"""The prompt: start-up and lines in real shells in a PTY, bare, with Caro (and its daemon), direnv and zoxide.

A line is timed from Enter until the next prompt stands there, in one row for each kind of line (KINDS): nearly all that
a person types is one of these. Kinds and variants take turns, so that what the machine does meanwhile hits all of them.
`*_added` are differences to the same kind in the bare shell of the same run; those without a kind are of the builtin.
`*_judged` is the quoted one, whose verdict is waited for. Ratios are of the lower quartile, which the machine's other
work hardly moves.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import pty
import re
import select
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

RC = {
    "bash": "PROMPT_COMMAND='__tick=$((__tick + 1))'\nPS1='<$__tick> '\n",
    "zsh": "setopt prompt_subst\nprecmd() { (( ++__tick )) }\nPS1='<$__tick> '\n",
    "fish": "set -g fish_greeting\nset -g __tick 0\nset -g fish_autosuggestion_enabled 0\n"
    "function __count --on-event fish_prompt; set -g __tick (math $__tick + 1); end\n"
    "function fish_prompt; printf '<%s> ' $__tick; end\n",
}
FILES = {"bash": ".bashrc", "zsh": ".zshrc", "fish": ".config/fish/config.fish"}
WORDS = {"bash": ["bash", "--noprofile", "-i"], "zsh": ["zsh", "-i"], "fish": ["fish", "-i"]}
HOOKS = {
    "direnv": {"fish": "direnv hook fish | source", "": 'eval "$(direnv hook {})"'},
    "zoxide": {"fish": "zoxide init fish | source", "": 'eval "$(zoxide init {})"'},
}


def make_home(folder: Path, shell: str, variant: str) -> dict[str, str]:
    home = folder / f"{shell}-{variant}"
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    env = {"HOME": str(home), "PATH": path, "TERM": "xterm", "LC_ALL": "C.UTF-8"}
    rc = home / FILES[shell]
    rc.parent.mkdir(parents=True)
    (home / ".local/share/fish/generated_completions").mkdir(parents=True)
    text = RC[shell]
    if variant in HOOKS:
        hook = HOOKS[variant]
        text += (hook.get(shell) or hook[""].format(shell)) + "\n"
    rc.write_text(text)
    if variant == "caro":
        subprocess.run(["caro", "install", "--yes", shell], env=env, check=True, capture_output=True)
        # Grey text has figures of its own (suggest_bench.py): here it would be keys that are timed, not the prompt.
        subprocess.run(
            ["caro", "config", "set", "shell.inline", "false"], env=env, check=True, capture_output=True
        )
    return env


@contextlib.contextmanager
def daemon_for(env: dict[str, str]) -> Iterator[None]:
    subprocess.run(["caro", "daemon", "start"], env=env, check=True, capture_output=True)
    log = Path(env["HOME"]) / ".local/state/caro/daemon.log"
    deadline = time.monotonic() + 20
    while '"ready"' not in log.read_text() and time.monotonic() < deadline:
        time.sleep(0.05)
    try:
        yield
    finally:
        subprocess.run(["caro", "daemon", "stop"], env=env, capture_output=True)


class Shell:
    def __init__(self, shell: str, env: dict[str, str]) -> None:
        self.tick = 0
        self.seen = b""
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.chdir(env["HOME"])
            os.execvpe(WORDS[shell][0], WORDS[shell], env)
        self.wait()

    def wait(self) -> None:
        """Until a prompt with another number stands there."""
        while True:
            found = [int(number) for number in re.findall(rb"<(\d+)> ", self.seen)]
            # fish draws the very same prompt again where a line was not run.
            if found and (found[-1] != self.tick or re.search(rb"not run.*<\d+> ", self.seen, re.DOTALL)):
                self.tick, self.seen = found[-1], b""
                return
            if not select.select([self.fd], [], [], 20)[0]:
                raise SystemExit(f"no prompt: {self.seen!r}")
            self.seen += os.read(self.fd, 65536)

    def line(self, text: bytes = b":") -> float:
        """Milliseconds from Enter to the next prompt."""
        os.write(self.fd, text)
        time.sleep(0.002)  # the echo of the line is not what is measured
        began = time.perf_counter()
        os.write(self.fd, b"\r")
        self.wait()
        return (time.perf_counter() - began) * 1000

    def clear(self) -> None:
        """Take out of the line what was put there (ctrl-u)."""
        os.write(self.fd, b"\x15")

    def close(self) -> None:
        os.close(self.fd)
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, 9)
        os.waitpid(self.pid, 0)


def p(values: list[float], part: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * part))]


KINDS = {
    "builtin": b":",
    "program": b"/bin/true",
    "pipe": b"true | true",
    "quoted": b": 'a b'",
    "failing": b"false",
    "misspelt": b"gti status",
    "long": b": " + b"src/a/long/name " * 20,
}
"""A misspelt line is first put mended into the prompt, then, typed again, run: its fix is shown below it."""


def measure_lines(
    shell: str, envs: dict[str, dict[str, str]], count: int
) -> dict[str, dict[str, list[float]]]:
    """Milliseconds of `count` lines of each kind, by variant and kind."""
    shells = {variant: Shell(shell, env) for variant, env in envs.items()}
    times: dict[str, dict[str, list[float]]] = {name: {kind: [] for kind in KINDS} for name in envs}
    try:
        for one in shells.values():
            for text in KINDS.values():
                one.line(text)
                one.clear()
        for _ in range(count):
            for kind, text in KINDS.items():
                for variant, one in shells.items():
                    times[variant][kind].append(one.line(text))
                    one.clear()
    finally:
        for one in shells.values():
            one.close()
    return times


def start_once(shell: str, env: dict[str, str]) -> float:
    """Milliseconds from the start to the first prompt."""
    began = time.perf_counter()
    one = Shell(shell, env)
    taken = (time.perf_counter() - began) * 1000
    one.close()
    return taken


def processes(shell: str, env: dict[str, str]) -> int | None:
    """How many processes a start makes; None without strace."""
    if shutil.which("strace") is None:
        return None
    command = ["strace", "-f", "-qq", "-e", "trace=clone,clone3,fork,vfork", *WORDS[shell], "-c", "exit"]
    done = subprocess.run(
        command, env=env, cwd=env["HOME"], capture_output=True, text=True, stdin=subprocess.DEVNULL
    )
    return len(re.findall(r"(?:clone3?|v?fork)\((?!.*CLONE_THREAD)", done.stderr))


def printed(shell: str, env: dict[str, str]) -> int:
    command = [*WORDS[shell], "-c", "exit"]
    done = subprocess.run(command, env=env, cwd=env["HOME"], capture_output=True, stdin=subprocess.DEVNULL)
    return len(done.stdout) + len(done.stderr)


def added(
    times: dict[str, dict[str, list[float]]], variant: str, part: float, kind: str = "builtin"
) -> float:
    return p(times[variant][kind], part) - p(times["bare"][kind], part)


def measure(short: bool) -> tuple[dict[str, float | None], list[str]]:
    figures: dict[str, float | None] = {}
    notes: list[str] = []
    lines, starts = (20, 25) if short else (150, 100)
    with tempfile.TemporaryDirectory(prefix="caro-bench-") as name:
        for shell in WORDS:
            if shutil.which(shell) is None:
                continue
            variants = ["bare", "caro", *(tool for tool in HOOKS if shutil.which(tool))]
            envs = {variant: make_home(Path(name), shell, variant) for variant in variants}
            with daemon_for(envs["caro"]):
                times = measure_lines(shell, envs, lines)
                opened: dict[str, list[float]] = {"bare": [], "caro": []}
                for _ in range(starts):
                    for variant in opened:
                        opened[variant].append(start_once(shell, envs[variant]))
            for variant, by_kind in times.items():
                figures[f"shell_{shell}_{variant}_p50_ms"] = statistics.median(by_kind["builtin"])
                figures[f"shell_{shell}_{variant}_p99_ms"] = p(
                    [t for all_of in by_kind.values() for t in all_of], 0.99
                )
            for variant in variants[1:]:
                figures[f"shell_{shell}_{variant}_added_p25_ms"] = added(times, variant, 0.25)
                figures[f"shell_{shell}_{variant}_added_p50_ms"] = added(times, variant, 0.5)
                for kind in KINDS:
                    figures[f"shell_{shell}_{kind}_{variant}_added_p50_ms"] = added(times, variant, 0.5, kind)
            figures[f"shell_{shell}_judged_added_p50_ms"] = added(times, "caro", 0.5, "quoted")
            if "direnv" in variants:
                ratio = added(times, "caro", 0.25) / added(times, "direnv", 0.25)
                figures[f"shell_{shell}_to_direnv_ratio"] = ratio
            figures[f"shell_{shell}_start_added_p50_ms"] = statistics.median(
                opened["caro"]
            ) - statistics.median(opened["bare"])
            figures[f"shell_{shell}_start_added_p95_ms"] = p(opened["caro"], 0.95) - p(opened["bare"], 0.95)
            forks = [processes(shell, envs[variant]) for variant in ("bare", "caro")]
            if forks[0] is not None and forks[1] is not None:
                figures[f"shell_{shell}_start_forks"] = forks[1] - forks[0]
            figures[f"shell_{shell}_start_bytes"] = printed(shell, envs["caro"]) - printed(
                shell, envs["bare"]
            )
    notes.append(f"{lines} lines of each kind and {starts} starts of each variant, in turns")
    return figures, notes


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--short", action="store_true")
    figures, notes = measure(parser.parse_args().short)
    print(json.dumps({"figures": figures, "notes": notes}, indent=1))


if __name__ == "__main__":
    main()
