"""What looking at the record costs: the screen's first frame, memory and following; pages, traces, long chains.

Prints JSON.

`--short` takes a tenth of the events. The screen runs on a pseudo terminal of 120 × 40; what it shows is read there.
"""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
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
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.record_bench import write_chain, write_log

FOLLOWED = 2000
"""Events a second that are appended while the screen follows."""
SECONDS = 4
PATIENCE = 60.0
CARO = str(Path(sys.executable).parent / "caro")


class Screen:
    """`caro tui` on a log, on a pseudo terminal."""

    def __init__(self, log: Path, env: dict[str, str]) -> None:
        self.began = time.monotonic()
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("4H", 40, 120, 0, 0))
            os.execve(CARO, [CARO, "tui", "--log", str(log)], env)
        self._shown = b""

    def wait_for(self, what: bytes) -> float:
        """Return the seconds from the start to the first time that it shows what matches."""
        end = time.monotonic() + PATIENCE
        while not re.search(what, self._shown):
            if time.monotonic() > end:
                raise SystemExit(f"bench: the screen never showed {what!r}: {self._shown[-500:]!r}")
            if select.select([self.terminal], [], [], 1)[0]:
                self._shown += os.read(self.terminal, 1 << 16)
        self._shown = b""
        return time.monotonic() - self.began

    def drain(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            if select.select([self.terminal], [], [], left)[0]:
                self._shown += os.read(self.terminal, 1 << 16)

    def anonymous_mb(self) -> float:
        text = Path(f"/proc/{self.pid}/smaps_rollup").read_text()
        found = re.search(r"^Anonymous:\s+(\d+) kB", text, re.MULTILINE)
        return int(found[1]) / 1024 if found else 0.0

    def cpu_seconds(self) -> float:
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def end(self) -> None:
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.terminal)


def measure_screen(log: Path, count: int, env: dict[str, str]) -> dict[str, Any]:
    """First frame, memory; then what following costs: all events that are appended have to be counted on the screen."""
    warm = Screen(log, env)
    warm.wait_for(rb"5,?000 events")
    warm.end()
    firsts, keys = [], []
    for _ in range(3):
        screen = Screen(log, env)
        firsts.append(screen.wait_for(rb"5,?000 events"))
        cpu = screen.cpu_seconds()
        keys.append(screen.wait_for(rb"Filter"))
        memory = screen.anonymous_mb()
        if len(firsts) < 3:
            screen.end()
    screen.drain(1)
    before, began = screen.cpu_seconds(), time.monotonic()
    line = log.read_bytes()[:4096].split(b"\n")[0] + b"\n"
    with log.open("ab", buffering=0) as out:
        for step in range(SECONDS * 10):
            out.write(line * (FOLLOWED // 10))
            screen.drain(max(0.0, began + (step + 1) / 10 - time.monotonic()))
    followed = 5000 + FOLLOWED * SECONDS
    share = (screen.cpu_seconds() - before) / (time.monotonic() - began)
    screen.wait_for(f"{followed // 1000},?{followed % 1000:03} events".encode())
    screen.end()
    return {
        "see_tui_first_frame_ms": min(firsts) * 1000,
        "see_tui_first_frame_cpu_ms": cpu * 1000,
        "see_tui_keys_ms": min(keys) * 1000,
        "see_tui_anonymous_mb": memory,
        "see_tui_follow_core_percent": share * 100,
    }


def timed(env: dict[str, str], *words: str) -> tuple[float, float]:
    """Return the seconds of a `caro` command, and its CPU's."""
    began, before = time.monotonic(), os.times()
    subprocess.run([CARO, *words], env=env, check=True, stdout=subprocess.DEVNULL)
    after = os.times()
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return time.monotonic() - began, cpu


BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
OPENED = "<script>onload=()=>{document.body.offsetHeight;document.title='opened '+performance.now()}</script>"
"""Notes when the page has been read, its script has run and everything has its place."""


def measure_page(page: Path, name: str, notes: list[str]) -> dict[str, Any]:
    """How long a browser takes for the page from when it begins to fetch it, by its own clock: the best of three."""
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        notes.append(f"no browser ({', '.join(BROWSERS)}): how fast a page opens was not measured")
        return {}
    timed_page = page.with_name(f"{page.stem}-timed.html")
    timed_page.write_text(page.read_text(encoding="utf-8") + OPENED, encoding="utf-8")
    words = [browser, "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom", timed_page.as_uri()]
    taken = []
    for _ in range(3):
        done = subprocess.run(words, capture_output=True, text=True, timeout=PATIENCE, check=False)
        found = re.search(r"<title>opened ([\d.]+)</title>", done.stdout)
        if found is None:
            notes.append(f"{Path(browser).name} did not open the page: {done.stderr.strip()[-200:]}")
            return {}
        taken.append(float(found[1]) / 1000)
    return {f"see_html_{name}_opens_s": min(taken)}


def measure_files(
    folder: Path, log: Path, env: dict[str, str], name: str, notes: list[str]
) -> dict[str, Any]:
    page, trace = folder / f"{name}.html", folder / f"{name}.pftrace"
    page_s, _ = timed(env, "report", "--log", str(log), "--since", "2000-01-01", "-o", str(page))
    trace_s, _ = timed(env, "export", "perfetto", "--log", str(log), "-o", str(trace))
    return {
        f"see_html_{name}_mb": page.stat().st_size / 1e6,
        f"see_html_{name}_s": page_s,
        f"see_perfetto_{name}_mb": trace.stat().st_size / 1e6,
        f"see_perfetto_{name}_s": trace_s,
    } | measure_page(page, name, notes)


def measure_chain(folder: Path, env: dict[str, str], count: int) -> dict[str, Any]:
    """The CPU of a chain of ten times the length, as a ratio to ten times that of the short one."""
    costs = []
    for length in (count // 10, count):
        log = folder / f"chain-{length}.jsonl"
        write_chain(log, length)
        costs.append(min(timed(env, "tree", "--log", str(log), "--last")[1] for _ in range(2)))
    return {"see_chain_ratio": costs[1] / (10 * costs[0]), "see_chain_cpu_s": costs[1]}


RUN = (
    ["true"], ["ls", "-l", "/usr/bin"], ["git", "--version"], ["sh", "-c", "seq 20000 | sort -r | tail -1"],
    ["find", "/etc", "-name", "x*"], ["grep", "-rc", "root", "/etc/default"],
    ["tar", "cf", "/dev/null", "/etc/default"],
    [sys.executable, "-c", "sum(range(300000))"], [sys.executable, "-c", "import json, argparse"], ["du", "-s", "/etc"],
)  # fmt: skip
"""Commands whose times are measured for what is said of unusual ones."""


RECORDED = 3
"""Runs that are recorded for each one that is judged."""


def in_a_row(taken: list[float], scale: int, runs: int) -> list[float]:
    """Return the times of runs that do `scale` times as much: so many recorded ones in a row, whatever stood still
    between them. Times that number one stall of a millisecond's command would be one of minutes."""
    starts = range(0, len(taken), max(len(taken) // runs, 1))
    return [sum(taken[(start + at) % len(taken)] for at in range(scale)) for start in starts]


def measure_unusual(runs: int) -> dict[str, Any]:
    """Notes on recorded runs of real commands, as they were and longer: how many are false, and how many runs of twelve
    times the usual time that lie over the floors are found."""
    from caro.engine.unusual import FLOOR_MS, KEPT, Unusual

    times: list[list[float]] = [[] for _ in RUN]
    for _ in range(runs * RECORDED):
        for taken, words in zip(times, RUN, strict=True):
            began = time.monotonic()
            subprocess.run(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
            taken.append((time.monotonic() - began) * 1000)
    false = judged = slow = found = 0
    for scale in (1, 20, 200):
        for number, taken in enumerate(times):
            unusual = Unusual()
            longer = in_a_row(taken, scale, runs)
            judged += len(longer)
            for at, ms in enumerate(longer):
                false += bool(unusual.ended("make", str(number), 0, ms, 7200.0 * at))
            ms = 12 * statistics.median(longer[-KEPT:])
            if ms * 11 / 12 > FLOOR_MS:
                slow += 1
                found += bool(unusual.ended("make", str(number), 0, ms, 1e9))
    return {
        "see_unusual_false_percent": 100 * false / judged,
        "see_unusual_found_percent": 100 * found / max(slow, 1),
    }


def main() -> int:
    short = "--short" in sys.argv
    figures: dict[str, Any] = {}
    notes: list[str] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        env = {key: value for key, value in os.environ.items() if not key.startswith(("CARO_", "XDG_"))}
        env |= {
            "HOME": name,
            "TERM": "xterm-256color",
            "CARO_PRIVACY_RETENTION_DAYS": "0",
            "CARO_TRACE_ROTATE_MB": "0",
        }
        count = 100_000 if short else 1_000_000
        log = folder / "log.jsonl"
        write_log(log, count, 500)
        figures |= measure_screen(log, count, env)
        log.unlink()
        for part, events in ("50k", 5_000 if short else 50_000), ("100k", 10_000 if short else 100_000):
            log = folder / f"{part}.jsonl"
            write_log(log, events, 500)
            figures |= measure_files(folder, log, env, part, notes)
        figures |= measure_unusual(20 if short else 100)
        figures |= measure_chain(folder, env, 20_000 if short else 100_000)
    print(json.dumps({"figures": figures, "notes": notes}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
