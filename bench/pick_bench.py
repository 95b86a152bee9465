"""C-r: caro-pick beside fzf on the same lines, in a terminal of its own. Prints JSON.

`--short` takes 100,000 distinct lines instead of 1,000,000. The first frame is measured from the start to the newest
line on the terminal, a key from its byte to the one line that has it. How well a search finds its line is measured on
histories that are drawn from tests/redact/ordinary.txt, each person's few lines again and again; and on typed lines of
people, in the form of `bench/pick_lines.py`, where the variable CARO_BENCH_LINES names a file of them.
"""

from __future__ import annotations

import argparse
import fcntl
import json
import os
import pty
import random
import resource
import select
import shutil
import signal
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import time
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from bench import pick_lines

ORDINARY = pick_lines.PICK.parents[3] / "tests/redact/ordinary.txt"
LONG, SHORT = 1_000_000, 100_000
STARTS, KEYS = 11, b"QXZJKVWY"
WORDS = "git status commit push docker run -it ls -la cd make test cargo build get pods ssh python -m install".split()
FIRST, NEEDLE = "echo the-newest-line", "needle"
LINES = "CARO_BENCH_LINES"
PEOPLE, THEIR_LINES, TYPED = 40, 80, 200


def made_lines(count: int) -> Iterator[str]:
    """Yield distinct lines, oldest first; among the old ones one for each key that nothing else has."""
    chance = random.Random(3)
    for number in range(count):
        if number < len(KEYS):
            yield f"echo {KEYS[number : number + 1].decode()}{NEEDLE}"
        else:
            yield f"{' '.join(chance.choices(WORDS, k=chance.randint(2, 6)))} {number}"
    yield FIRST


def build(file: Path, count: int) -> dict[str, float | None]:
    """Write the file of lines as the daemon does, in this process."""
    from caro.model import SCHEMA_VERSION, Event
    from caro.record.line_table import LineTable
    from caro.record.times import seconds_ts

    start, table = time.process_time(), LineTable()
    for number, line in enumerate(made_lines(count)):
        table.add(
            Event(
                v=SCHEMA_VERSION, id="", kind="line", source="prompt", ts=seconds_ts(1_790_000_000.0 + number),
                text=line, cwd=f"/home/me/p{number % 300}", session_id=f"s{number // 50}", exit_code=0,
            )
        )  # fmt: skip
    with open(os.open(file, os.O_WRONLY | os.O_CREAT, 0o600), "wb") as stream:
        stream.writelines(table.parts())
    took = time.process_time() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"pick_build_us_a_line": round(took / count * 1e6, 2), "pick_build_rss_mb": round(peak, 1)}


class OnTerminal:
    """A program on a terminal of its own; `first` is how many seconds its first frame took."""

    def __init__(self, command: str, folder: Path) -> None:
        start = time.perf_counter()
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("4H", 40, 100, 0, 0))
            os.chdir(folder)
            env = {"HOME": str(folder), "PATH": os.environ["PATH"], "TERM": "xterm", "LC_ALL": "C.UTF-8"}
            os.execve("/bin/sh", ["sh", "-c", command], env)
        self.await_text(FIRST)
        self.first = time.perf_counter() - start

    def await_text(self, text: str) -> None:
        seen = b""
        while text.encode() not in seen:
            if not select.select([self.fd], [], [], 30)[0]:
                raise SystemExit(f"bench: {text} did not come, but {seen[-2000:]!r}")
            new = os.read(self.fd, 65536)
            if b"\x1b[6n" in new:  # where the cursor is, as a terminal says it
                os.write(self.fd, b"\x1b[1;1R")
            seen += new

    def key(self, key: bytes) -> float:
        start = time.perf_counter()
        os.write(self.fd, key)
        self.await_text(NEEDLE)
        took = time.perf_counter() - start
        os.write(self.fd, b"\x15")
        self.await_text(FIRST)
        return took

    def peak_mb(self) -> float:
        status = Path(f"/proc/{self.pid}/status").read_text()
        return int(status.split("VmHWM:")[1].split()[0]) / 1024

    def close(self) -> None:
        os.kill(self.pid, signal.SIGKILL)
        os.close(self.fd)
        os.waitpid(self.pid, 0)


def on_terminal(command: str, folder: Path, starts: int) -> tuple[float, float, float]:
    """Return milliseconds of the first frame and of a key, p50, and the peak of its memory, MB."""
    first, keys, peak = [], [], 0.0
    for number in range(starts):
        program = OnTerminal(command, folder)
        try:
            first.append(program.first)
            if number == starts - 1:
                keys = [program.key(KEYS[at : at + 1]) for at in range(len(KEYS))]
                peak = program.peak_mb()
        finally:
            program.close()
    return statistics.median(first) * 1e3, statistics.median(keys) * 1e3, peak


def on_terminals(folder: Path, count: int, starts: int) -> dict[str, float | None]:
    (folder / "plain").write_text("".join(f"{line}\n" for line in reversed(list(made_lines(count)))))
    programs = {"pick": f"exec {pick_lines.PICK} -F lines >out"}
    if shutil.which("fzf"):
        programs["pick_fzf"] = "exec fzf --scheme=history --height=40% <plain >out"
    figures: dict[str, float | None] = {}
    for name, command in programs.items():
        first, key, peak = on_terminal(command, folder, starts)
        figures |= {f"{name}_first_frame_ms": round(first, 2), f"{name}_key_ms": round(key, 2)}
        figures[f"{name}_rss_mb"] = round(peak, 1)
    for what in ("first_frame", "key"):
        ours, theirs = figures[f"pick_{what}_ms"], figures.get(f"pick_fzf_{what}_ms")
        if ours and theirs:
            figures[f"pick_{what}_to_fzf_ratio"] = round(ours / theirs, 3)
    return figures


def write_people(file: Path) -> None:
    """Write histories of people as pick_lines reads them."""
    chance, pool = random.Random(11), ORDINARY.read_text("utf-8").splitlines()
    with file.open("w") as stream:
        for _ in range(PEOPLE):
            own = chance.sample(pool, THEIR_LINES)
            weights = [1 / (rank + 2) for rank in range(THEIR_LINES)]
            lines = [
                [f"2026-01-02T{number // 60:02}:{number % 60:02}:00.000Z", line, f"/p{number // 20 % 4}", "h"]
                for number, line in enumerate(chance.choices(own, weights, k=TYPED))
            ]
            stream.write(json.dumps({"lines": lines}) + "\n")


def accuracy(folder: Path, people: Path, count: int, prefix: str = "pick") -> dict[str, float | None]:
    own, others = f"{prefix}_mrr", f"{prefix}_fzf_mrr"
    scores: dict[str, list[float]] = {own: [], others: []}
    for history, cwd, goal, _, words in pick_lines.searches(people, count):
        found = pick_lines.by_pick(pick_lines.PICK, folder, history, cwd, words)
        scores[own].append(pick_lines.place_of(goal, found))
        if shutil.which("fzf"):
            scores[others].append(pick_lines.place_of(goal, pick_lines.by_fzf(history, words)))
    means = {name: statistics.fmean(values) for name, values in scores.items() if values}
    figures: dict[str, float | None] = {name: round(value, 4) for name, value in means.items()}
    if others in means:
        figures[f"{prefix}_mrr_to_fzf_ratio"] = round(means[own] / means[others], 4)
    return figures


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--build", type=Path, help="only make the file of lines, in this process")
    args = parser.parse_args()
    count = SHORT if args.short else LONG
    if args.build:
        print(json.dumps(build(args.build, count)))
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name).resolve()
        words = [sys.executable, __file__, "--build", str(folder / "lines"), *(["--short"] * args.short)]
        figures = json.loads(subprocess.run(words, stdout=subprocess.PIPE, check=True).stdout)
        figures |= on_terminals(folder, count, 5 if args.short else STARTS)
        write_people(folder / "people")
        searches = 200 if args.short else pick_lines.SEARCHES
        figures |= accuracy(folder, folder / "people", searches)
        if os.environ.get(LINES):
            figures |= accuracy(folder, Path(os.environ[LINES]), searches, "pick_typed")
    json.dump({"figures": figures, "notes": []}, sys.stdout)
    print()


if __name__ == "__main__":
    main()
