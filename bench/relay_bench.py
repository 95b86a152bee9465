"""The relay: throughput and key echo, each beside the same without it, and beside `script` and tmux.

Direct: the command runs on the terminal itself, with no second pseudo terminal below it. The terminal is a loop that
reads and forgets: a real one takes longer, so that it sees less of the relay. Rounds are interleaved, a ratio is the
median of the rounds' ratios. Throughput is measured under the settings that a terminal has below every shell, where a
newline becomes two characters; raw is without that (`stty -opost`), where the kernel does least for each byte.
"""

from __future__ import annotations

import argparse
import json
import os
import pty
import select
import shutil
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from caro.trace.natives import packaged_native

MEGABYTE = 1_000_000


def run_below(words: list[str], home: str) -> tuple[int, int]:
    """Starts a command on a terminal of its own: pid and our side of the terminal."""
    pid, fd = pty.fork()
    if pid == 0:
        env = {"PATH": os.environ["PATH"], "HOME": home, "TERM": "xterm", "XDG_RUNTIME_DIR": home}
        os.execve(words[0], words, env)
    return pid, fd


def through(relay: str | None, text: str) -> list[str]:
    words = ["/bin/sh", "sh", "-c", text]
    return [relay, "--", *words] if relay else [words[0], *words[2:]]


def peers(text: str, home: str) -> dict[str, list[str]]:
    """Others that stand between a command and its terminal; tmux draws what it shows, the rest copies."""
    ways = {
        "script": ["script", "-q", "-c", text, "/dev/null"],
        "tmux": ["tmux", "-S", f"{home}/tmux", "-f", "/dev/null", "new-session", text],
    }
    found = {name: shutil.which(words[0]) for name, words in ways.items()}
    return {name: [file, *ways[name][1:]] for name, file in found.items() if file}


def read_all(fd: int) -> int:
    total = 0
    space = [bytearray(65536)]
    while True:
        try:
            got = os.readv(fd, space)
        except OSError:  # EIO: nobody is left at the other side
            return total
        if not got:
            return total
        total += got


def throughput(words: list[str], size: int, home: str) -> float:
    """Megabytes of the file a second, up to the end of the command; tmux shows less than it was given."""
    began = time.perf_counter()
    pid, fd = run_below(words, home)
    total = read_all(fd)
    seconds = time.perf_counter() - began
    os.close(fd)
    os.waitpid(pid, 0)
    assert total >= size or "tmux" in words[0], f"{total} bytes came of {size}"
    return size / seconds / MEGABYTE


def throughputs(relay: str, file: Path, home: str, rounds: int) -> dict[str, list[float]]:
    """Each way's rounds, in turn."""
    size, show = file.stat().st_size, f"exec cat '{file}'"
    raw = f"stty -opost; {show}"
    ways = {
        "direct": through(None, show),
        "relay": through(relay, show),
        "raw_direct": through(None, raw),
        "raw_relay": through(relay, raw),
        **peers(show, home),
    }
    seen: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, words in ways.items():
            seen[name].append(throughput(words, size, home))
    return seen


def ratio(seen: dict[str, list[float]], name: str, to: str) -> float:
    return median(one / other for one, other in zip(seen[name], seen[to], strict=True))


def read_some(fd: int) -> bytes:
    if not select.select([fd], [], [], 20)[0]:
        raise SystemExit("relay_bench: nothing came for 20 s")
    return os.read(fd, 65536)


def echo_times(relay: str | None, home: str, count: int) -> list[float]:
    """Milliseconds from a key to its echo, by the terminal's own echo below."""
    pid, fd = run_below(through(relay, "echo READY; exec cat >/dev/null"), home)
    seen = b""
    while b"READY\r\n" not in seen:
        seen += read_some(fd)
    times = []
    for _ in range(count):
        began = time.perf_counter()
        os.write(fd, b"x")
        read_some(fd)
        times.append(1000 * (time.perf_counter() - began))
        time.sleep(0.002)
    os.write(fd, b"\x03")
    os.close(fd)
    os.waitpid(pid, 0)
    return sorted(times)


def measure(size: int, rounds: int, keys: int) -> dict[str, float]:
    relay = str(packaged_native("caro-relay"))
    with tempfile.TemporaryDirectory() as home:
        file = Path(home) / "data"
        line = b"the quick brown fox \x1b[1mjumps\x1b[0m over the lazy dog 0123456789\n"
        file.write_bytes(line * (size // len(line)))
        seen = throughputs(relay, file, home, rounds)
        direct, below = echo_times(None, home, keys), echo_times(relay, home, keys)
    others = {
        f"{name}_throughput_ratio": ratio(seen, name, "direct") for name in ("script", "tmux") if name in seen
    }
    return {
        "relay_throughput_ratio": ratio(seen, "relay", "direct"),
        "relay_throughput_mb_s": median(seen["relay"]),
        "relay_direct_mb_s": median(seen["direct"]),
        "relay_raw_throughput_ratio": ratio(seen, "raw_relay", "raw_direct"),
        "relay_raw_direct_mb_s": median(seen["raw_direct"]),
        **others,
        "relay_echo_p50_ms": below[len(below) // 2],
        "relay_echo_p99_ms": below[len(below) * 99 // 100],
        "relay_echo_direct_p50_ms": direct[len(direct) // 2],
        "relay_echo_direct_p99_ms": direct[len(direct) * 99 // 100],
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--short", action="store_true")
    args = parser.parse_args()
    figures = measure(20 * MEGABYTE, 7, 200) if args.short else measure(200 * MEGABYTE, 7, 2000)
    print(json.dumps({"figures": figures, "notes": []}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
