"""The relay: raw throughput and key echo, each beside the same without it. Of several rounds the best.

Direct: the command runs on the terminal itself, with no second pseudo terminal below it.
"""

from __future__ import annotations

import argparse
import json
import os
import pty
import select
import sys
import tempfile
import time
from pathlib import Path

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


def read_all(fd: int) -> int:
    total = 0
    while True:
        try:
            data = os.read(fd, 65536)
        except OSError:  # EIO: nobody is left at the other side
            return total
        if not data:
            return total
        total += len(data)


def throughput(relay: str | None, file: Path, home: str) -> float:
    """Megabytes a second of `cat FILE`."""
    began = time.perf_counter()
    pid, fd = run_below(through(relay, f"stty -opost; exec cat '{file}'"), home)
    total = read_all(fd)
    seconds = time.perf_counter() - began
    os.close(fd)
    os.waitpid(pid, 0)
    assert total >= file.stat().st_size, f"{total} bytes came of {file.stat().st_size}"
    return total / seconds / MEGABYTE


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
        pairs = [(throughput(None, file, home), throughput(relay, file, home)) for _ in range(rounds)]
        direct, below = echo_times(None, home, keys), echo_times(relay, home, keys)
    return {
        "relay_throughput_ratio": max(below for _direct, below in pairs)
        / max(direct for direct, _below in pairs),
        "relay_throughput_mb_s": max(below for _direct, below in pairs),
        "relay_direct_mb_s": max(direct for direct, _below in pairs),
        "relay_echo_p50_ms": below[len(below) // 2],
        "relay_echo_p99_ms": below[len(below) * 99 // 100],
        "relay_echo_direct_p50_ms": direct[len(direct) // 2],
        "relay_echo_direct_p99_ms": direct[len(direct) * 99 // 100],
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--short", action="store_true")
    args = parser.parse_args()
    figures = measure(20 * MEGABYTE, 5, 200) if args.short else measure(200 * MEGABYTE, 5, 2000)
    print(json.dumps({"figures": figures, "notes": []}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
