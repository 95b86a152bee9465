"""`python -m bench.second [--lines N] [--rounds N] [--agree]`: the prompt and deep mode measured by other means.

The prompt: a shell gets a whole screenful of equal lines at once, as somebody pastes them without brackets, and a last
one that prints a word; what a line takes is the whole time by their number. (The first benchmark types one line, waits
for its prompt, and takes the median.) Deep mode: a loop that starts programs, bare and traced in turn, the CPU time by
wait4(2) of everything that came of it. It prints JSON; `--agree` says beside each figure what bench/results.json has,
and how far apart the two are: both are to be made on a quiet machine.
"""

from __future__ import annotations

import argparse
import ctypes
import json
import os
import pty
import select
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SHELLS = {
    "bash": (".bashrc", ["bash", "--noprofile"]),
    "zsh": (".zshrc", ["zsh"]),
    "fish": (".config/fish/config.fish", ["fish"]),
}
LINES = {
    "builtin": ":",
    "program": "/bin/true",
    "pipe": "true | true",
    "quoted": ": 'a b'",
    "failing": "false",
}
WORK = (
    "n=0; while [ $n -lt 300 ]; do /bin/true; x=$(/bin/echo $n); n=$((n+1)); done; ls /usr/bin | sort | wc -l"
)
AGREE = 0.15
"""How far the two harnesses may be apart, as a part of the larger."""
PARTNERS = {
    f"{shell}_{kind}": f"shell_{shell}_{kind}_caro_added_p50_ms" for shell in SHELLS for kind in LINES
}


def environment(home: Path) -> dict[str, str]:
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    return {"HOME": str(home), "PATH": path, "TERM": "xterm", "LC_ALL": "C.UTF-8"}


def new_home(shell: str, with_caro: bool) -> Path:
    home = Path(tempfile.mkdtemp(prefix="second-"))
    rc = home / SHELLS[shell][0]
    rc.parent.mkdir(parents=True, exist_ok=True)
    rc.write_text("set -g fish_greeting\n" if shell == "fish" else "PS1='> '\n")
    if with_caro:
        for words in (["install", "--yes", shell], ["daemon", "start"]):
            subprocess.run(["caro", *words], env=environment(home), check=True, stdout=subprocess.DEVNULL)
        log = home / ".local/state/caro/daemon.log"
        while '"ready"' not in log.read_text():
            time.sleep(0.1)
    return home


class Session:
    """A shell on a terminal; `seconds` of a screenful of equal lines."""

    def __init__(self, shell: str, home: Path) -> None:
        self.count = 0
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.chdir(home)
            os.execvpe(SHELLS[shell][1][0], [*SHELLS[shell][1], "-i"], environment(home))
        self.seconds(":", 1)

    def seconds(self, line: str, count: int) -> float:
        self.count += 1
        # The word is not in what was typed, so that no echo of it is taken for the end.
        keys = f"{line}\r" * count + f"echo end''of{self.count}\r"
        began = time.monotonic()
        os.write(self.fd, keys.encode())
        seen = b""
        while f"endof{self.count}\r\n".encode() not in seen:
            if not select.select([self.fd], [], [], 30)[0]:
                raise SystemExit(f"second: no answer: {seen[-200:]!r}")
            seen = (seen + os.read(self.fd, 65536))[-4096:]
        return time.monotonic() - began

    def end(self) -> None:
        os.close(self.fd)
        os.kill(self.pid, 9)
        os.waitpid(self.pid, 0)


def prompt(shell: str, lines: int, rounds: int) -> dict[str, float]:
    """Milliseconds that Caro adds to a line of each kind."""
    homes = {caro: new_home(shell, caro) for caro in (False, True)}
    sessions = {caro: Session(shell, home) for caro, home in homes.items()}
    figures = {}
    try:
        for kind, line in LINES.items():
            took: dict[bool, list[float]] = {False: [], True: []}
            for _ in range(rounds):
                for caro, session in sessions.items():
                    took[caro].append(session.seconds(line, lines) / lines * 1000)
            figures[f"{shell}_{kind}"] = statistics.median(took[True]) - statistics.median(took[False])
    finally:
        for session in sessions.values():
            session.end()
        subprocess.run(["caro", "daemon", "stop"], env=environment(homes[True]), capture_output=True)
        for home in homes.values():
            shutil.rmtree(home, ignore_errors=True)
    return figures


def cost_of(words: list[str], env: dict[str, str]) -> tuple[float, float]:
    """CPU and wall seconds of a command and all that came of it: each orphan is ours, and waited for."""
    ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)  # PR_SET_CHILD_SUBREAPER
    began, cpu, wall = time.monotonic(), 0.0, 0.0
    first = os.posix_spawnp(
        words[0], words, env, file_actions=[(os.POSIX_SPAWN_OPEN, 1, "/dev/null", os.O_WRONLY, 0)]
    )
    while True:
        try:
            pid, status, used = os.wait4(-1, 0)
        except ChildProcessError:
            return cpu, wall
        cpu += used.ru_utime + used.ru_stime
        if pid == first:
            wall = time.monotonic() - began
            if status:
                raise SystemExit(f"second: {words} ended with {status}")


def tracing(rounds: int) -> dict[str, float]:
    """Ratios of a loop that starts 600 programs, traced by notify and by ptrace, to the bare one."""
    home = new_home("bash", True)
    env = environment(home)
    subprocess.run(["caro", "daemon", "stop"], env=env, capture_output=True)
    trace = home / ".local/share/caro/bin/caro-trace"
    ways = {"bare": [], **{way: [str(trace), "--way", way, "--", "/bin/sh"] for way in ("notify", "ptrace")}}
    took: dict[str, list[tuple[float, float]]] = {way: [] for way in ways}
    if not trace.exists():
        return {}
    for _ in range(rounds):
        for way, words in ways.items():
            took[way].append(cost_of([*words, "/bin/sh", "-c", WORK], env))
    shutil.rmtree(home, ignore_errors=True)
    return {
        f"{way}_{name}": statistics.median(
            one[at] / bare[at] for one, bare in zip(took[way], took["bare"], strict=True)
        )
        for way in ("notify", "ptrace")
        for at, name in enumerate(("cpu", "wall"))
    }


def agreement(figures: dict[str, float]) -> list[str]:
    """Return a line for each figure that the first benchmark has too."""
    results = json.loads((Path(__file__).parents[1] / "results.json").read_text("utf-8"))
    first = {name: value for section in results.values() for name, value in section["figures"].items()}
    lines = []
    for name, value in figures.items():
        other = first.get(PARTNERS.get(name, ""))
        if other:
            apart = abs(value - other) / max(abs(value), abs(other))
            lines.append(
                f"{name}: {value:.2f} here, {other:.2f} there: {apart:.0%} {'agree' if apart <= AGREE else 'APART'}"
            )
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.second", description=__doc__)
    parser.add_argument("--lines", type=int, default=40, help="lines in one screenful")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--agree", action="store_true", help="compare with bench/results.json")
    parser.add_argument("part", nargs="*", help="bash, zsh, fish, trace; all where none is named")
    args = parser.parse_args()
    figures: dict[str, float] = {}
    for shell in SHELLS:
        if shutil.which(shell) and (not args.part or shell in args.part):
            figures |= prompt(shell, args.lines, args.rounds)
    if not args.part or "trace" in args.part:
        figures |= tracing(args.rounds)
    print(json.dumps({"figures": figures, "load": os.getloadavg()}, indent=1))
    if args.agree:
        print("\n".join(agreement(figures)), file=sys.stderr)


if __name__ == "__main__":
    main()
